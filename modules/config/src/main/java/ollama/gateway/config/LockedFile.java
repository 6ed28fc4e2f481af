package ollama.gateway.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A settings file that no other gateway and no other command changes, until this is closed. The
 * lock is on the file itself: so it needs no right that a change doesn't need anyway, and holds for
 * whoever has mounted just that file. Editors don't know it, hence {@link #stillHas}.
 *
 * <p>The system lets go of a file's locks as soon as the process closes any descriptor of it
 * (POSIX). So all are kept open here until the end, and nothing else may read the file meanwhile.
 */
final class LockedFile implements AutoCloseable {
  private static final long PAUSE_NANOS = 5_000_000;
  private static final int COMPARED_BYTES = 64 << 10;

  private final Path file;
  private final List<FileChannel> channels = new ArrayList<>();
  private boolean locked;

  private LockedFile(Path file) {
    this.file = file;
  }

  /**
   * Waits for the lock. On a file system that has none, nothing is locked.
   *
   * @param file a file that may be read and written, no link
   * @throws IOException if somebody else has it for so long, or it can't be opened
   */
  static LockedFile take(Path file, long waitMillis) throws IOException {
    long deadline = System.nanoTime() + waitMillis * 1_000_000;
    while (true) {
      LockedFile taken = new LockedFile(file);
      boolean mine = false;
      try {
        mine = taken.tryLock();
      } finally {
        if (!mine) {
          taken.close();
        }
      }
      if (mine) {
        return taken;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(
            "another process has kept it locked for "
                + waitMillis / 1000.0
                + " s: try again when that has ended");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private boolean tryLock() throws IOException {
    FileChannel channel = open(StandardOpenOption.READ, StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // Somebody else in this process.
      return false;
    } catch (IOException _) {
      // Such as NFS without its lock service. What is left is to compare, as late as can be.
      return true;
    }
    locked = lock != null;
    return locked;
  }

  private FileChannel open(OpenOption... how) throws IOException {
    FileChannel channel = FileChannel.open(file, how);
    channels.add(channel);
    return channel;
  }

  /** The file, behind links. */
  Path file() {
    return file;
  }

  /** Whether the file system knows locks, so that there is nobody else. */
  boolean isLocked() {
    return locked;
  }

  /** What the locked file holds. */
  byte[] read(String fileName, HeapRoom room) throws IOException, ConfigException {
    return ConfigFile.read(fileName, channels.getFirst(), room);
  }

  /**
   * Whether the file of this name, which an editor or a writer before may have replaced since it
   * was opened, has this content.
   */
  boolean stillHas(byte[] content) throws IOException {
    FileChannel named = open(StandardOpenOption.READ);
    byte[] part = new byte[COMPARED_BYTES];
    int same = 0;
    int count = named.read(ByteBuffer.wrap(part));
    while (count >= 0) {
      if (content.length - same < count
          || !Arrays.equals(content, same, same + count, part, 0, count)) {
        return false;
      }
      same += count;
      count = named.read(ByteBuffer.wrap(part));
    }
    return same == content.length;
  }

  @Override
  public void close() throws IOException {
    for (FileChannel channel : channels) {
      channel.close();
    }
  }
}
