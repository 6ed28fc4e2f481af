package ollama.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Changes the keys of a settings file and leaves every other byte of it as it was: formatting,
 * order and {@code ${NAME}} too. The file is read afresh for each change, so what somebody wrote
 * into it in between stays.
 *
 * <p>Threads take turns, and so do processes, by a lock on the file. While one writes, nobody else
 * in its process may read the file, or the lock is let go; so use one writer per process. It blocks
 * on the disk, so it has no place on an event loop.
 */
public final class ConfigWriter {
  private static final int TRIES_MAX = 20;
  private static final long WAIT_MILLIS = 10_000;

  private final long waitMillis;
  private final BiConsumer<byte[], byte[]> written;
  private final ReentrantLock turn = new ReentrantLock();
  private final FileReplacer replacer = new FileReplacer();

  /** Makes a writer. */
  public ConfigWriter() {
    this((_, _) -> {});
  }

  /**
   * Makes a writer that tells what it has written.
   *
   * @param written takes the file's content before and after each change, once it is on the disk
   */
  public ConfigWriter(BiConsumer<byte[], byte[]> written) {
    this(WAIT_MILLIS, written);
  }

  ConfigWriter(long waitMillis) {
    this(waitMillis, (_, _) -> {});
  }

  private ConfigWriter(long waitMillis, BiConsumer<byte[], byte[]> written) {
    this.waitMillis = waitMillis;
    this.written = written;
  }

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
    IN_PLACE,
    /** There was nothing to change. */
    NOT_AT_ALL
  }

  /**
   * What came of a change.
   *
   * @param how it got into the file
   * @param config what the file says then
   */
  public record Edited(Written how, GatewayConfig config) {}

  /**
   * Changes keys.
   *
   * @param <E> with which it may refuse
   */
  public interface Edit<E extends Exception> {
    /**
     * Asks for changes; called again if somebody edits the file meanwhile.
     *
     * @param keys as they stand in the file when it is written
     * @throws E when there is to be no change after all
     */
    void apply(ApiKeyList keys) throws E;
  }

  /** Makes the new content of the old one. */
  private interface Change<E extends Exception> {
    byte[] of(byte[] before, HeapRoom room) throws ConfigException, E;
  }

  /**
   * Appends a key, as an object with its digest, to {@code apiKeys}.
   *
   * @param file the settings file; if it is a link, the file that it leads to is changed
   * @param key the entry
   * @return how it was written; the change is on the disk then
   * @throws ConfigException if the file can't be read, isn't JSON, has an {@code apiKeys} that
   *     isn't a list or stands there twice, has an entry of that name, or would be too large;
   *     nothing has changed
   * @throws IOException if the file can't be written, or another process has kept it locked for 10
   *     s; the message names file and user and says what to do; nothing has changed
   */
  public Written appendApiKey(Path file, ApiKey key) throws ConfigException, IOException {
    return appendApiKey(file, _ -> key);
  }

  /**
   * The same, for an entry whose name depends on those that the file has when it is written.
   *
   * @param file the settings file
   * @param choose gives the entry for the names that are taken, as they stand in the file, with
   *     {@code ${NAME}} and all; called again if somebody edits the file meanwhile
   * @return how it was written
   * @throws ConfigException as above
   * @throws IOException as above
   */
  public Written appendApiKey(Path file, Function<Set<String>, ApiKey> choose)
      throws ConfigException, IOException {
    String name = file.toString();
    Change<RuntimeException> append =
        (before, room) -> {
          String text = ConfigFile.decode(name, before, room);
          // Its parts joined, and their bytes.
          room.take(before.length * 3L);
          return encode(name, ApiKeySplice.append(name, text, choose, room));
        };
    return change(file, append, "the key was not added");
  }

  /**
   * Changes keys in a file that can be used, before and after.
   *
   * @param file the settings file; if it is a link, the file that it leads to is changed
   * @param loader reads the file before and after
   * @param edit says what to change
   * @param <E> with which that may refuse
   * @return what is in the file now; the change is on the disk then
   * @throws ConfigException if the file can't be used as it is, or couldn't be with the change, or
   *     would be too large; nothing has changed
   * @throws IOException as above
   * @throws E when {@code edit} refuses; nothing has changed
   */
  public <E extends Exception> Edited editApiKeys(Path file, ConfigLoader loader, Edit<E> edit)
      throws ConfigException, IOException, E {
    String name = file.toString();
    AtomicReference<GatewayConfig> says = new AtomicReference<>();
    Change<E> change =
        (before, room) -> {
          ApiKeyList keys = loader.parseKeys(name, before);
          edit.apply(keys);
          says.set(keys.config());
          if (!keys.isChanged()) {
            return before;
          }
          room.take(before.length * 3L);
          byte[] after = encode(name, keys.changed());
          says.set(keys.changedConfig(loader, name, after));
          return after;
        };
    Written how = change(file, change, "nothing was changed");
    return new Edited(how, says.get());
  }

  private <E extends Exception> Written change(Path file, Change<E> change, String notDone)
      throws ConfigException, IOException, E {
    turn.lock();
    try {
      for (int i = 0; i < TRIES_MAX; i++) {
        ConfigFile.check(file);
        Optional<Written> result = tryTo(file, change);
        if (result.isPresent()) {
          return result.get();
        }
      }
      throw new IOException("it is being changed all the time: try again when that has ended");
    } catch (HeapRoom.FullException e) {
      throw ConfigException.ofFile(file.toString(), e.getMessage());
    } catch (IOException e) {
      throw new IOException(
          file
              + " can't be written by user "
              + ConfigFile.user()
              + ": "
              + ConfigFile.reason(e)
              + "; "
              + notDone,
          e);
    } finally {
      turn.unlock();
    }
  }

  private <E extends Exception> Optional<Written> tryTo(Path file, Change<E> change)
      throws ConfigException, IOException, E {
    Path target = file.toRealPath();
    // Asked first, because the folder may allow to replace a file that somebody made read-only.
    if (!Files.isWritable(target)) {
      throw new IOException(
          "permission denied, or it is mounted read-only: give that user write permission for the"
              + " file, or mount it without :ro");
    }
    try (LockedFile locked = LockedFile.take(target, waitMillis)) {
      HeapRoom room = new HeapRoom();
      byte[] before = locked.read(file.toString(), room);
      byte[] after = change.of(before, room);
      if (Arrays.equals(before, after)) {
        return Optional.of(Written.NOT_AT_ALL);
      }
      Optional<Written> how = replacer.replace(locked, before, after);
      if (how.isPresent()) {
        written.accept(before, after);
      }
      return how;
    }
  }

  private static byte[] encode(String fileName, String text) throws ConfigException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > ConfigLoader.FILE_BYTES_MAX) {
      throw ConfigException.ofFile(
          fileName, "the file would grow too large: remove keys that nobody uses");
    }
    return bytes;
  }

  /**
   * Deletes what writers that were killed have left beside the file: whole or partial copies of it.
   * While somebody else writes it, it waits.
   *
   * @param file the settings file
   * @return how many there were; 0 also where the file can't be locked
   * @throws IOException if one can't be deleted, or another process has kept the file locked for 10
   *     s
   */
  public int deleteLeftovers(Path file) throws IOException {
    turn.lock();
    try {
      Path target = file.toRealPath();
      if (Leftovers.beside(target).isEmpty() || !Files.isWritable(target)) {
        return 0;
      }
      try (LockedFile locked = LockedFile.take(target, waitMillis)) {
        return Leftovers.delete(locked);
      }
    } finally {
      turn.unlock();
    }
  }
}
