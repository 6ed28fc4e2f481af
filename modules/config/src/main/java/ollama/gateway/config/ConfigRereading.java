package ollama.gateway.config;

/**
 * Reads one file again and again: keys whose entries are in it as they were aren't read again, but
 * give the same objects. It keeps the text for that. What comes of it is in every respect what
 * {@link ConfigLoader#parse} makes of the text. For one thread at a time.
 */
public final class ConfigRereading {
  private final ConfigLoader loader;
  private KnownKeys known = KnownKeys.none();

  /**
   * Makes one that knows nothing yet.
   *
   * @param loader reads the file
   */
  public ConfigRereading(ConfigLoader loader) {
    this.loader = loader;
  }

  /**
   * What the file says now.
   *
   * @param fileName how the user calls it; stands in messages
   * @param json its content
   * @return the settings, and what should be mended in the file
   * @throws ConfigException as {@link ConfigLoader#parse}
   */
  public Loaded parse(String fileName, byte[] json) throws ConfigException {
    ConfigLoader.Read read = loader.read(fileName, json, known);
    known = read.keys().known();
    return read.loaded();
  }
}
