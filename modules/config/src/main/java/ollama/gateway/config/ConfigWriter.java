package ollama.gateway.config;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Adds keys to a settings file and leaves every other byte of it as it was: formatting, order and
 * {@code ${NAME}} too. The file is read afresh for each change, so what somebody wrote into it in
 * between stays.
 *
 * <p>Threads take turns, so use one writer per process. It blocks on the disk, so it has no place
 * on an event loop.
 */
public final class ConfigWriter {
  private static final int TRIES_MAX = 5;

  private final ReentrantLock turn = new ReentrantLock();
  private final FileReplacer replacer = new FileReplacer();

  /** Makes a writer. */
  public ConfigWriter() {}

  /** How a change got into the file. */
  public enum Written {
    /**
     * A new file with the same owner and mode took the old one's place: after a crash there is the
     * one or the other. Access control lists beyond owner and mode aren't kept.
     */
    REPLACED,
    /**
     * The file itself was written, because it can't be replaced: it is mounted on its own, its
     * folder isn't writable, or a new file couldn't have its owner. A crash of the machine in that
     * moment may leave a part.
     */
    IN_PLACE
  }

  /**
   * Appends a key as a text to {@code apiKeys}.
   *
   * @param file the settings file; if it is a link, the file that it leads to is changed
   * @param plainKey the key, written as it is
   * @return how it was written; the change is on the disk then
   * @throws IllegalArgumentException if it can't be a key: it is empty, has control characters, or
   *     a space at either end
   * @throws ConfigException if the file can't be read, isn't JSON, has an {@code apiKeys} that
   *     isn't a list or stands there twice, or would be too large; nothing has changed
   * @throws IOException if the file can't be written; the message names file and user and says what
   *     to do; nothing has changed
   */
  public Written appendApiKey(Path file, String plainKey) throws ConfigException, IOException {
    ApiKey.checkPlain(plainKey);
    return append(file, json(Environment.escape(plainKey)), "");
  }

  /**
   * Appends a key as an object to {@code apiKeys}, without the key itself.
   *
   * @param file the settings file; if it is a link, the file that it leads to is changed
   * @param key the entry
   * @return how it was written; the change is on the disk then
   * @throws ConfigException as above, and if an entry has that name already; nothing has changed
   * @throws IOException as above
   */
  public Written appendApiKey(Path file, ApiKey key) throws ConfigException, IOException {
    String object =
        "{\"name\": %s, \"sha256\": %s, \"admin\": %b}"
            .formatted(json(Environment.escape(key.name())), json(key.sha256()), key.admin());
    return append(file, object, key.name());
  }

  private Written append(Path file, String entry, String name) throws ConfigException, IOException {
    turn.lock();
    try {
      for (int i = 0; i < TRIES_MAX; i++) {
        byte[] before = ConfigFile.read(file);
        String text = ConfigFile.decode(file.toString(), before);
        String changed = ApiKeySplice.append(file.toString(), text, entry, name);
        byte[] after = changed.getBytes(StandardCharsets.UTF_8);
        if (after.length > ConfigLoader.FILE_BYTES_MAX) {
          throw ConfigException.ofFile(
              file.toString(), "the file would grow too large: remove keys that nobody uses");
        }
        Optional<Written> written = replacer.replace(file, before, after);
        if (written.isPresent()) {
          return written.get();
        }
      }
      throw new IOException(
          file + " is being changed by somebody else all the time: try again when that has ended");
    } finally {
      turn.unlock();
    }
  }

  private static String json(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
