package ollama.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Adds keys to a settings file and leaves every other byte of it as it was: formatting, order and
 * {@code ${NAME}} too. The file is read afresh for each change, so what somebody wrote into it in
 * between stays.
 *
 * <p>Threads take turns, and so do processes, by a lock on the file. While one writes, nobody else
 * in its process may read the file, or the lock is let go; so use one writer per process. It blocks
 * on the disk, so it has no place on an event loop.
 */
public final class ConfigWriter {
  private static final int TRIES_MAX = 20;
  private static final long WAIT_MILLIS = 10_000;

  private final long waitMillis;
  private final ReentrantLock turn = new ReentrantLock();
  private final FileReplacer replacer = new FileReplacer();

  /** Makes a writer. */
  public ConfigWriter() {
    this(WAIT_MILLIS);
  }

  ConfigWriter(long waitMillis) {
    this.waitMillis = waitMillis;
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
    IN_PLACE
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
    turn.lock();
    try {
      for (int i = 0; i < TRIES_MAX; i++) {
        ConfigFile.check(file);
        Optional<Written> written = tryToAppend(file, choose);
        if (written.isPresent()) {
          return written.get();
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
              + "; the key was not added",
          e);
    } finally {
      turn.unlock();
    }
  }

  private Optional<Written> tryToAppend(Path file, Function<Set<String>, ApiKey> choose)
      throws ConfigException, IOException {
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
      String text = ConfigFile.decode(file.toString(), before, room);
      // Its parts joined, and their bytes.
      room.take(before.length * 3L);
      String changed = ApiKeySplice.append(file.toString(), text, choose, room);
      byte[] after = changed.getBytes(StandardCharsets.UTF_8);
      if (after.length > ConfigLoader.FILE_BYTES_MAX) {
        throw ConfigException.ofFile(
            file.toString(), "the file would grow too large: remove keys that nobody uses");
      }
      return replacer.replace(locked, before, after);
    }
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
