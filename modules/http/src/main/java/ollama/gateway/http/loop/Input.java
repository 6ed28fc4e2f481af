package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.memory.MemoryBudget;
import org.jspecify.annotations.Nullable;

/**
 * The unread bytes of a connection. A buffer is held only while there are some, so an idle
 * connection holds none. Usually never more than one is held; who must go on reading, only to see
 * the connection's end behind them, may have what doesn't fit kept on the heap, within a budget.
 */
public final class Input {

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private final Connection connection;
  private final MemoryBudget budget;
  private @Nullable ByteBuffer buffer;
  // Behind the buffer; made when it is needed, which is hardly ever.
  private @Nullable ReadAhead ahead;

  /** The reading side of {@code connection}, with nothing read yet and one buffer at most. */
  public Input(Connection connection) {
    this(connection, new MemoryBudget(0));
  }

  /**
   * The same, with room for more than one buffer.
   *
   * @param budget what all that doesn't fit into a buffer takes its memory from
   */
  public Input(Connection connection, MemoryBudget budget) {
    this.connection = connection;
    this.budget = budget;
  }

  /** Whether all bytes read so far have been used. */
  public boolean isEmpty() {
    return unread() == 0;
  }

  /** How many bytes were read and not used yet. */
  public int unread() {
    return (buffer == null ? 0 : buffer.remaining()) + (ahead == null ? 0 : ahead.size());
  }

  /** Whether no more can be read by {@link #fill()} before some bytes are used. */
  public boolean isFull() {
    return unread() >= BufferPool.READ_BYTES;
  }

  /** Whether {@link #fillUpTo} could read anything now. */
  public boolean hasRoom(int maxBytes) {
    if (fitsIntoBuffer()) {
      return true;
    }
    int behind = maxBytes - BufferPool.READ_BYTES;
    return unread() < maxBytes && (ahead == null ? budget.has(behind) : ahead.hasRoom(behind));
  }

  /**
   * The next unread bytes, between position and limit; move the position to use them. There may be
   * more behind them, which come once these are used and {@link #release} was called.
   */
  public ByteBuffer bytes() {
    return buffer != null ? buffer : EMPTY;
  }

  /** All unread bytes as they lie; reading these uses none. */
  public List<ByteBuffer> views() {
    List<ByteBuffer> views = new ArrayList<>();
    views.add(bytes().duplicate());
    if (ahead != null) {
      views.addAll(ahead.views());
    }
    return views;
  }

  /**
   * Reads what is there, without waiting, behind the unread bytes.
   *
   * @return the number of bytes; 0 when there is nothing now or no room, -1 at the end
   */
  public int fill() throws IOException {
    return fillUpTo(BufferPool.READ_BYTES);
  }

  /**
   * The same beyond one buffer.
   *
   * @param maxBytes how many unread bytes there may be in all
   * @return the number of bytes; 0 when there is nothing now or no room, which {@link
   *     Connection#readable} tells apart, -1 at the end
   */
  public int fillUpTo(int maxBytes) throws IOException {
    if (fitsIntoBuffer()) {
      return fillBuffer();
    }
    ReadAhead behind = ahead;
    if (unread() >= maxBytes) {
      return 0;
    }
    if (behind == null) {
      behind = new ReadAhead(connection, budget);
      ahead = behind;
    }
    boolean reserved = behind.reserve(maxBytes - BufferPool.READ_BYTES);
    return reserved ? behind.read(maxBytes - unread()) : 0;
  }

  /**
   * Not while something stands behind the buffer, however little: what comes stands behind that.
   */
  private boolean fitsIntoBuffer() {
    return !isFull() && (ahead == null || ahead.size() == 0);
  }

  private int fillBuffer() throws IOException {
    ByteBuffer into = buffer;
    if (into == null) {
      into = connection.loop().buffers().take();
    } else {
      into.compact();
    }
    into.limit(BufferPool.READ_BYTES);
    try {
      return into.hasRemaining() ? connection.read(into) : 0;
    } finally {
      into.flip();
      buffer = into;
      release();
    }
  }

  /**
   * Gives the buffer back if it holds nothing, or has it hold what was read behind; to be called
   * when bytes were used, and before parking.
   */
  public void release() {
    ByteBuffer held = buffer;
    if (held == null || held.hasRemaining()) {
      return;
    }
    ReadAhead behind = ahead;
    if (behind != null && behind.size() > 0) {
      behind.moveTo(held.clear().limit(BufferPool.READ_BYTES));
      held.flip();
    } else {
      buffer = null;
      connection.loop().buffers().give(held);
    }
  }

  /** Drops unread bytes and gives the memory back. */
  public void discard() {
    if (ahead != null) {
      ahead.clear();
    }
    bytes().position(bytes().limit());
    release();
  }
}
