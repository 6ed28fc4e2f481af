package ollama.gateway.usage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A disk that fails in the ways in which disks do, and counts what it is asked. */
final class FaultyDisk extends Disk {
  private static final int PIECE_BYTES = 50;

  /** How many bytes still fit; a write that is larger is done in part, and the next one fails. */
  volatile long room = Long.MAX_VALUE;

  volatile boolean isForceFailing;
  volatile boolean isRenameFailing;
  volatile boolean isTruncateFailing;
  volatile boolean isOpenFailing;

  /** Whether each write is done in small pieces. */
  volatile boolean isPiecemeal;

  volatile int writes;
  volatile int forces;
  volatile int renames;

  private long forcedSize;

  void mend() {
    room = Long.MAX_VALUE;
    isForceFailing = false;
    isRenameFailing = false;
    isTruncateFailing = false;
    isOpenFailing = false;
  }

  @Override
  FileChannel open(Path file) throws IOException {
    fail(isOpenFailing, "Read-only file system");
    return super.open(file);
  }

  @Override
  synchronized int write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
    fail(room == 0, "No space left on device");
    int limit = bytes.limit();
    long most = Math.min(room, isPiecemeal ? PIECE_BYTES : Integer.MAX_VALUE);
    bytes.limit((int) Math.min(limit, bytes.position() + most));
    try {
      int count = super.write(channel, bytes, position);
      room -= count;
      writes++;
      return count;
    } finally {
      bytes.limit(limit);
    }
  }

  /** One that fails loses what was written since the one before, as the page cache may. */
  @Override
  synchronized void force(FileChannel channel) throws IOException {
    boolean isFailing = isForceFailing;
    if (isFailing && channel.size() > forcedSize) {
      int lost = (int) (channel.size() - forcedSize);
      int _ = channel.write(ByteBuffer.allocate(lost), forcedSize);
    }
    fail(isFailing, "Input/output error");
    super.force(channel);
    forcedSize = channel.size();
    forces++;
  }

  @Override
  void truncate(FileChannel channel, long size) throws IOException {
    fail(isTruncateFailing, "Input/output error");
    super.truncate(channel, size);
  }

  @Override
  synchronized void rename(Path from, Path to) throws IOException {
    fail(isRenameFailing, "Input/output error");
    super.rename(from, to);
    renames++;
  }

  private static void fail(boolean isFailing, String reason) throws FileSystemException {
    if (isFailing) {
      throw new FileSystemException("a file", null, reason);
    }
  }
}
