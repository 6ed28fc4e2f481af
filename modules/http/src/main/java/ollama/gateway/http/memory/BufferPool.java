package ollama.gateway.http.memory;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Buffers of one loop, taken and given back within a burst of work.
 *
 * <p>A buffer belongs to one owner from {@link #take} to {@link #give}; after that the former owner
 * must not touch it. Direct ones, which the system reads and writes without copying, are made up to
 * a bound and never dropped: at the JVM's own bound for them it collects garbage and sleeps, and
 * the loop would sleep with it. Beyond ours, buffers are of the heap.
 *
 * <p>The lock is uncontended on an event loop and needed on the fallback scheduler.
 */
public final class BufferPool {

  /** The most that is read at once. */
  public static final int READ_BYTES = 16 * 1024;

  /** Capacity of every buffer: what was read, with a usual head and chunk framing around it. */
  public static final int BUFFER_BYTES = READ_BYTES + 1024;

  /** 17 MiB for each loop; the image lets the JVM have 256 MiB for at most 8. */
  static final int DIRECT_MAX = 1024;

  private final ArrayDeque<ByteBuffer> kept = new ArrayDeque<>();
  private int made;
  // Written under the lock. Read without: a thread from elsewhere that held the lock could be
  // waited for by the loop.
  private volatile int taken;

  /** A pool with nothing in it yet. */
  public BufferPool() {}

  /** An empty buffer, big-endian, position 0, limit at capacity. */
  public ByteBuffer take() {
    boolean direct;
    synchronized (this) {
      taken++;
      @Nullable ByteBuffer buffer = kept.pollLast();
      if (buffer != null) {
        return buffer.clear();
      }
      direct = made < DIRECT_MAX;
      if (direct) {
        made++;
      }
    }
    return direct ? ByteBuffer.allocateDirect(BUFFER_BYTES) : ByteBuffer.allocate(BUFFER_BYTES);
  }

  /** Gives a buffer back that {@link #take} returned; its content is lost. */
  public synchronized void give(ByteBuffer buffer) {
    taken--;
    if (buffer.isDirect()) {
      kept.addLast(buffer);
    }
  }

  /** Buffers out in the hands of owners now. */
  public int taken() {
    return taken;
  }
}
