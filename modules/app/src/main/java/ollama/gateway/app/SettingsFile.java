package ollama.gateway.app;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.ConfigProblem;
import ollama.gateway.config.ConfigRereading;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.Loaded;

/**
 * The settings' file, and what it held when it was read last. For one thread at a time, and for
 * none while a {@link ollama.gateway.config.ConfigWriter} of this process has the file locked:
 * closing it would let go of the lock.
 */
final class SettingsFile {

  private static final System.Logger LOG = System.getLogger(SettingsFile.class.getName());

  /** Of a file that couldn't be read. */
  private static final byte[] UNREADABLE = {};

  private final Path path;
  private final ConfigLoader loader;
  private final ConfigRereading rereading;

  /** The digest of what was read last, whether it could be used or not. */
  private byte[] known = UNREADABLE;

  SettingsFile(Path path, ConfigLoader loader) {
    this.path = path;
    this.loader = loader;
    this.rereading = new ConfigRereading(loader);
  }

  Path path() {
    return path;
  }

  /** Reads files like it. */
  ConfigLoader loader() {
    return loader;
  }

  /**
   * What the file says; warnings go to the log.
   *
   * @throws ConfigException when it can't be used
   */
  GatewayConfig read() throws ConfigException {
    known = UNREADABLE;
    byte[] content = ConfigLoader.read(path);
    known = digest(content);
    Loaded loaded = rereading.parse(path.toString(), content);
    for (ConfigProblem warning : loaded.warnings()) {
      LOG.log(System.Logger.Level.WARNING, warning.format(path.toString()));
    }
    return loaded.config();
  }

  /** Whether it holds something else than what was read last. */
  boolean hasChanged() {
    byte[] now;
    try {
      now = digest(ConfigLoader.read(path));
    } catch (ConfigException e) {
      now = UNREADABLE;
    }
    return !Arrays.equals(now, known);
  }

  /**
   * Takes what this process itself has written for read, unless somebody else had changed the file
   * before.
   */
  void written(byte[] before, byte[] after) {
    if (Arrays.equals(digest(before), known)) {
      known = digest(after);
    }
  }

  private static byte[] digest(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
