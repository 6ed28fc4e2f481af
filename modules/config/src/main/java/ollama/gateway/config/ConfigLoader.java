package ollama.gateway.config;

import java.nio.file.Path;
import java.util.Map;

/**
 * Reads settings files. Immutable and safe for any number of threads. Loading blocks on the file
 * system, so it has no place on an event loop.
 */
public final class ConfigLoader {
  /** The largest file that is read, in bytes. */
  public static final int FILE_BYTES_MAX = 64 << 20;

  private final Map<String, String> environment;

  /**
   * Makes a loader.
   *
   * @param environment what {@code ${NAME}} in a text of the file stands for, such as {@code
   *     System.getenv()}; what is put in is never expanded again
   */
  public ConfigLoader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Reads a file: JSON in UTF-8 (RFC 8259; a byte order mark may stand), at most {@value
   * #FILE_BYTES_MAX} bytes, nested at most 32 deep. A name that matches only without regard to case
   * is a warning; an unknown name, and one that is there twice, is a problem.
   *
   * @param file the file
   * @return the settings, and what should be mended in the file
   * @throws ConfigException if the file isn't a regular one, can't be read or isn't JSON, or the
   *     heap has no room for it, or with all problems that the settings in it have
   */
  public Loaded load(Path file) throws ConfigException {
    HeapRoom room = new HeapRoom();
    try {
      byte[] json = ConfigFile.read(file, room);
      return parse(file.toString(), json, KnownKeys.none(), room).loaded;
    } catch (HeapRoom.FullException e) {
      throw ConfigException.ofFile(file.toString(), e.getMessage());
    }
  }

  /**
   * The bytes of a file, for {@link #parse} and for telling later whether they have changed.
   *
   * @param file the file
   * @return its content
   * @throws ConfigException if the file isn't a regular one, can't be read or is too large, or the
   *     heap has no room for it
   */
  public static byte[] read(Path file) throws ConfigException {
    try {
      return ConfigFile.read(file, new HeapRoom());
    } catch (HeapRoom.FullException e) {
      throw ConfigException.ofFile(file.toString(), e.getMessage());
    }
  }

  /**
   * Reads a file for its keys, each entry for itself.
   *
   * @param file the file
   * @return the keys
   * @throws ConfigException as {@link #load}, whatever of the file is wrong
   */
  public ApiKeyList loadKeys(Path file) throws ConfigException {
    return parseKeys(file.toString(), read(file));
  }

  /** The same for bytes that are there already. */
  ApiKeyList parseKeys(String fileName, byte[] json) throws ConfigException {
    return new ApiKeyList(read(fileName, json, KnownKeys.none()));
  }

  /**
   * The same for bytes that are there already.
   *
   * @param fileName how the user calls their source; stands in messages
   * @param json the content of the file
   * @return the settings, and what should be mended in the file
   * @throws ConfigException if they aren't JSON, or the heap has no room for them, or with all
   *     problems that the settings have
   */
  public Loaded parse(String fileName, byte[] json) throws ConfigException {
    return read(fileName, json, KnownKeys.none()).loaded;
  }

  /** The same where entries of another text are known that this loader has read. */
  Read read(String fileName, byte[] json, KnownKeys known) throws ConfigException {
    try {
      return parse(fileName, json, known, new HeapRoom());
    } catch (HeapRoom.FullException e) {
      throw ConfigException.ofFile(fileName, e.getMessage());
    }
  }

  private Read parse(String fileName, byte[] json, KnownKeys known, HeapRoom room)
      throws ConfigException {
    String text = ConfigFile.decode(fileName, json, room);
    Json.Obj root = JsonParsing.parse(fileName, text, room);
    Problems problems = new Problems(fileName, text);
    Values values = new Values(problems, new Environment(environment), room);
    ApiKeyReader keys = new ApiKeyReader(values, text, known);
    return new Read(text, root, new ConfigReader(values, problems, keys).read(root), keys);
  }

  /** A text without a problem, and what was made of it. */
  record Read(String text, Json.Obj root, Loaded loaded, ApiKeyReader keys) {}
}
