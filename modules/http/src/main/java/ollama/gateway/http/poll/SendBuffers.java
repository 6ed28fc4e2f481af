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

  /**
   * One of them.
   *
   * @param bytes up to its position, what is to be sent
   * @param address where it begins
   */
  record SendBuffer(ByteBuffer bytes, long address) {}

  private final ArrayDeque<SendBuffer> kept = new ArrayDeque<>();
  private int made;

  /** An empty buffer; null when all are in use. */
  @Nullable SendBuffer take() {
    @Nullable SendBuffer buffer = kept.pollLast();
    if (buffer != null) {
      buffer.bytes().clear();
      return buffer;
    }
    if (made == COUNT_MAX) {
      return null;
    }
    made++;
    ByteBuffer bytes = SystemCalls.memory(BUFFER_BYTES);
    return new SendBuffer(bytes, SystemCalls.address(bytes));
  }

  void give(SendBuffer buffer) {
    kept.addLast(buffer);
  }
}
