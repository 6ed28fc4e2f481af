package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Buffers that the kernel puts received bytes into, whichever socket they come from. Each is the
 * kernel's until it is completed with a result, and is given back once that was read.
 */
final class ReceiveBuffers {

  static final int BUFFER_BYTES = 16 * 1024;
  private static final int PAGE_BYTES = 4096;
  private static final int ENTRY_BYTES = 16;
  private static final int TAIL = 14;

  private final int count;
  private final ByteBuffer ring;
  private final ByteBuffer[] buffers;
  private final long address;
  private int tail;
  private int lent;

  /**
   * Registers buffers.
   *
   * @param count a power of two
   */
  ReceiveBuffers(Ring with, int count) throws IOException {
    this.count = count;
    ring =
        SystemCalls.memory(count * ENTRY_BYTES + PAGE_BYTES)
            .alignedSlice(PAGE_BYTES)
            .order(ByteOrder.nativeOrder());
    ByteBuffer memory = SystemCalls.memory(count * BUFFER_BYTES);
    address = SystemCalls.address(memory);
    buffers = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      buffers[i] = memory.slice(i * BUFFER_BYTES, BUFFER_BYTES);
      put(i);
    }
    publish();
    with.registerBuffers(SystemCalls.address(ring), count);
  }

  /** Counts one that was taken over from the kernel. */
  void take() {
    lent++;
  }

  /** One that was taken over; its position and limit are anything. */
  ByteBuffer buffer(int id) {
    return buffers[id].clear();
  }

  /** Whether so few are left to the kernel that none should be kept for long. */
  boolean scarce() {
    return lent > count / 2;
  }

  /** Hands one back. */
  void give(int id) {
    lent--;
    put(id);
    publish();
  }

  private void put(int id) {
    int at = (tail & (count - 1)) * ENTRY_BYTES;
    ring.putLong(at, address + (long) id * BUFFER_BYTES);
    ring.putInt(at + 8, BUFFER_BYTES);
    ring.putShort(at + 12, (short) id);
    tail++;
  }

  private void publish() {
    VarHandle.releaseFence();
    ring.putShort(TAIL, (short) tail);
  }
}
