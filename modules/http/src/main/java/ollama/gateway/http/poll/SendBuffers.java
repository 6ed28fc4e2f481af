package ollama.gateway.http.poll;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Buffers for bytes on their way to the kernel, which reads them until it completes the sending.
 * There is a bound to their number, and none is ever dropped.
 */
final class SendBuffers {

  static final int BUFFER_BYTES = 17 * 1024;
  static final int COUNT_MAX = 2048;

  /** What is sent in one piece costs hardly more than a quarter of it. */
  static final int LARGE_BYTES = 4 * BUFFER_BYTES;

  static final int LARGE_MAX = 64;

  /**
   * One of them.
   *
   * @param bytes up to its position, what is to be sent
   * @param address where it begins
   */
  record SendBuffer(ByteBuffer bytes, long address) {}

  private final Kept usual = new Kept(BUFFER_BYTES, COUNT_MAX);
  private final Kept large = new Kept(LARGE_BYTES, LARGE_MAX);

  /** An empty buffer; null when all are in use. */
  @Nullable SendBuffer take() {
    return usual.take();
  }

  /** A larger one with the same bytes, for one that is given back; the same where there is none. */
  SendBuffer enlarge(SendBuffer buffer) {
    @Nullable SendBuffer larger = buffer.bytes().capacity() == LARGE_BYTES ? null : large.take();
    if (larger == null) {
      return buffer;
    }
    larger.bytes().put(buffer.bytes().flip());
    give(buffer);
    return larger;
  }

  void give(SendBuffer buffer) {
    (buffer.bytes().capacity() == LARGE_BYTES ? large : usual).buffers.addLast(buffer);
  }

  private static final class Kept {
    private final ArrayDeque<SendBuffer> buffers = new ArrayDeque<>();
    private final int bytesOfEach;
    private final int countMax;
    private int made;

    Kept(int bytesOfEach, int countMax) {
      this.bytesOfEach = bytesOfEach;
      this.countMax = countMax;
    }

    @Nullable SendBuffer take() {
      @Nullable SendBuffer buffer = buffers.pollLast();
      if (buffer != null) {
        buffer.bytes().clear();
        return buffer;
      }
      if (made == countMax) {
        return null;
      }
      made++;
      ByteBuffer bytes = SystemCalls.memory(bytesOfEach);
      return new SendBuffer(bytes, SystemCalls.address(bytes));
    }
  }
}
