package ollama.gateway.usage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
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
final class DirectoryLock implements AutoCloseable {
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
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
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
    boolean isMine = false;
    try {
      FileChannel channel = disk.open(real.resolve(FILE));
      try {
        isMine = lock(channel) != null;
      } finally {
        if (!isMine) {
          channel.close();
        }
      }
      if (!isMine) {
        throw new HeldException(directory.resolve(FILE));
      }
      return new DirectoryLock(real, channel);
    } finally {
      if (!isMine) {
        release(real);
      }
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
