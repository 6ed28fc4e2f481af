package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Buffers that the kernel puts received bytes into, whichever socket they come from. Each is the
 * kernel's until it is completed with a result, and is given back once that was read.
 */
final class ReceiveBuffers implements AutoCloseable {

  static final int BUFFER_BYTES = 16 * 1024;
  private static final int ENTRY_BYTES = 16;
  private static final int TAIL = 14;

  private final int count;
  private final Mapping mapping;
  // In front of the buffers, where the mapping begins.
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
  ReceiveBuffers(SystemCalls calls, Ring with, int count) throws IOException {
    this.count = count;
    int ringBytes = Math.ceilDiv(count * ENTRY_BYTES, BUFFER_BYTES) * BUFFER_BYTES;
    mapping = Mapping.anonymous(calls, ringBytes + count * BUFFER_BYTES);
    ring = mapping.bytes();
    address = mapping.address() + ringBytes;
    buffers = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      buffers[i] = ring.slice(ringBytes + i * BUFFER_BYTES, BUFFER_BYTES);
      put(i);
    }
    publish();
    try {
      with.registerBuffers(mapping.address(), count);
    } catch (IOException e) {
      mapping.close();
      throw e;
    }
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

  /** Once the kernel uses them no more. */
  @Override
  public void close() {
    Arrays.fill(buffers, ByteBuffer.allocate(0));
    mapping.close();
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
