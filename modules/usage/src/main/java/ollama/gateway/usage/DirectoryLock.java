package ollama.gateway.usage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory in which nobody else writes, neither another process nor another ledger of this one,
 * until this is closed or the process ends.
 *
 * <p>The system lets go of a file's locks as soon as the process closes any descriptor of it
 * (POSIX). So whoever has a directory locked in this process is known here, and a second one
 * doesn't even open the file.
 */
final class DirectoryLock implements Closeable {
  static final String FILE = "usage.lock";

  /** The directories, without links, that ledgers of this process have. */
  private static final Set<Path> HELD = new HashSet<>();

  /** Somebody else has it. */
  static final class HeldException extends IOException {
    private static final long serialVersionUID = 1;

    HeldException(Path lockFile) {
      super(lockFile + " is locked by another");
    }
  }

  private final Path directory;
  private final Path file;
  private final FileChannel channel;

  /** Of the file that is locked; absent where the system has no such thing. */
  private final @Nullable Object key;

  private DirectoryLock(Path directory, Path file, FileChannel channel, @Nullable Object key) {
    this.directory = directory;
    this.file = file;
    this.channel = channel;
    this.key = key;
  }

  /**
   * Locks a directory, which is made if it isn't there.
   *
   * @throws HeldException if somebody else has it
   * @throws IOException if it can't be made, or locked
   */
  static DirectoryLock take(Path directory, Disk disk) throws IOException {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (NoSuchFileException _) {
      disk.makeDirectory(directory);
      real = directory.toRealPath();
    }
    synchronized (HELD) {
      if (!HELD.add(real)) {
        throw new HeldException(directory.resolve(FILE));
      }
    }
    DirectoryLock taken = null;
    try {
      taken = lock(real, directory.resolve(FILE), disk);
      return taken;
    } finally {
      if (taken == null) {
        release(real);
      }
    }
  }

  private static DirectoryLock lock(Path real, Path file, Disk disk) throws IOException {
    Object key = keyOfMade(file, disk);
    FileChannel channel = disk.open(file);
    boolean isMine = false;
    try {
      if (lock(channel) == null) {
        throw new HeldException(file);
      }
      DirectoryLock taken = new DirectoryLock(real, file, channel, key);
      isMine = taken.isInPlace(disk);
      if (!isMine) {
        throw new FileSystemException(file.toString(), null, "replaced while it was locked");
      }
      return taken;
    } finally {
      if (!isMine) {
        channel.close();
      }
    }
  }

  private static @Nullable Object keyOfMade(Path file, Disk disk) throws IOException {
    try {
      return disk.attributes(file).fileKey();
    } catch (NoSuchFileException _) {
      disk.open(file).close();
      return disk.attributes(file).fileKey();
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // By another name of the file.
      return null;
    }
  }

  /**
   * Whether it is still the file by whose name others look for the lock: else they don't see it.
   *
   * @throws IOException if that can't be told
   */
  boolean isInPlace(Disk disk) throws IOException {
    try {
      return Objects.equals(key, disk.attributes(file).fileKey());
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      release(directory);
    }
  }

  private static void release(Path directory) {
    synchronized (HELD) {
      HELD.remove(directory);
    }
  }
}
