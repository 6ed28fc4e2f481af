package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.wire.ByteSink;
import org.jspecify.annotations.Nullable;

/** Bytes on their way to a connection. A buffer is held only from the first byte to the flush. */
public final class Output implements ByteSink {

  private final Connection connection;
  private @Nullable ByteBuffer buffer;

  /** The writing side of {@code connection}, with nothing to write yet. */
  public Output(Connection connection) {
    this.connection = connection;
  }

  /** Whether nothing waits to be written. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Bytes that wait to be written. */
  public int size() {
    return buffer == null ? 0 : buffer.position();
  }

  /**
   * A buffer to append to, with room for at least {@code bytes}.
   *
   * <p>What waits already is kept before it, so several parts go out in one write. Beyond a pooled
   * buffer's size (a head larger than that) an own one is made.
   */
  @Override
  public ByteBuffer room(int bytes) {
    ByteBuffer held = buffer;
    if (held == null) {
      held = bytes <= BufferPool.BUFFER_BYTES ? pool().take() : ByteBuffer.allocate(bytes);
    } else if (held.remaining() < bytes) {
      int needed = held.position() + bytes;
      ByteBuffer larger = ByteBuffer.allocate(Math.max(needed, 2 * held.capacity()));
      larger.put(held.flip());
      giveBack(held);
      held = larger;
    }
    buffer = held;
    return held;
  }

  /**
   * Writes everything, waiting for the peer as often as needed, and gives the buffer back.
   *
   * @param stallMillis how long the peer may take nothing at all; 0 means without bound
   * @throws DeadlineException when the peer stalled
   */
  public void flush(long stallMillis) throws IOException {
    flush(stallMillis, Watch.NONE);
  }

  /**
   * As {@link #flush(long)}, with an eye on a connection: another one, or this very one, which says
   * something or ends while it takes nothing.
   *
   * @param watch its exception ends the flush
   */
  public void flush(long stallMillis, Watch watch) throws IOException {
    ByteBuffer held = buffer;
    if (held == null) {
      return;
    }
    try {
      held.flip();
      connection.write(held);
      // As a rule that was all, and then no clock need be read.
      long deadline = held.hasRemaining() ? EventLoop.deadlineMillis(stallMillis) : Timer.NEVER;
      while (held.hasRemaining()) {
        await(watch.watched(), deadline);
        watch.check();
        // Only what the peer takes puts the deadline off, not what else may end a wait.
        if (connection.write(held) > 0) {
          deadline = EventLoop.deadlineMillis(stallMillis);
        }
      }
    } finally {
      buffer = null;
      giveBack(held);
    }
  }

  private void await(@Nullable Connection watched, long deadline) throws IOException {
    boolean itself = watched == connection;
    connection.awaitWritable(itself, itself ? null : watched, deadline);
  }

  /**
   * Writes what the peer takes now.
   *
   * @return whether that was all; if not, the rest waits for a {@link #flush}
   * @throws IOException when the connection is lost, and what waited with it
   */
  public boolean tryFlush() throws IOException {
    ByteBuffer held = buffer;
    if (held == null) {
      return true;
    }
    try {
      connection.write(held.flip());
    } catch (IOException e) {
      discard();
      throw e;
    }
    if (held.hasRemaining()) {
      held.compact();
      return false;
    }
    buffer = null;
    giveBack(held);
    return true;
  }

  /** Drops what waits and gives the buffer back. */
  public void discard() {
    ByteBuffer held = buffer;
    if (held != null) {
      buffer = null;
      giveBack(held);
    }
  }

  private void giveBack(ByteBuffer held) {
    // Larger ones are of our own.
    if (held.capacity() == BufferPool.BUFFER_BYTES) {
      pool().give(held);
    }
  }

  private BufferPool pool() {
    return connection.loop().buffers();
  }
}
