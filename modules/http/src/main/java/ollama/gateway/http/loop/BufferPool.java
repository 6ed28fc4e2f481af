package ollama.gateway.http.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers of one loop, taken and given back within a burst of work.
 *
 * <p>A buffer belongs to one owner from {@link #take} to {@link #give}; after that the former owner
 * must not touch it. The lock is uncontended on an event loop and needed on the fallback scheduler.
 */
public final class BufferPool {

  /** The most that is read at once. */
  public static final int READ_BYTES = 16 * 1024;

  /** Capacity of every buffer: what was read, with a usual head and chunk framing around it. */
  public static final int BUFFER_BYTES = READ_BYTES + 1024;

  /** Buffers kept for later; what is given back beyond that is left to the garbage collector. */
  private static final int KEPT_MAX = 128;

  private final ArrayDeque<ByteBuffer> kept = new ArrayDeque<>(KEPT_MAX);
  private int taken;

  /** A pool with nothing in it yet. */
  public BufferPool() {}

  /** An empty buffer, big-endian, position 0, limit at capacity. */
  public ByteBuffer take() {
    @Nullable ByteBuffer buffer;
    synchronized (this) {
      taken++;
      buffer = kept.pollLast();
    }
    return buffer != null ? buffer.clear() : ByteBuffer.allocateDirect(BUFFER_BYTES);
  }

  /** Gives a buffer back that {@link #take} returned; its content is lost. */
  public synchronized void give(ByteBuffer buffer) {
    taken--;
    if (kept.size() < KEPT_MAX) {
      kept.addLast(buffer);
    }
  }

  /** Buffers out in the hands of owners now. */
  public synchronized int taken() {
    return taken;
  }
}
