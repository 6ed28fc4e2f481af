package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The unread bytes of a connection. A buffer is held only while there are some, so an idle
 * connection holds none; and never more than one, so reading ahead is bounded.
 */
public final class Input {

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private final Connection connection;
  private @Nullable ByteBuffer buffer;

  /** The reading side of {@code connection}, with nothing read yet. */
  public Input(Connection connection) {
    this.connection = connection;
  }

  /** Whether all bytes read so far have been used. */
  public boolean isEmpty() {
    return buffer == null || !buffer.hasRemaining();
  }

  /** Whether no more can be read before some bytes are used. */
  public boolean isFull() {
    return buffer != null && buffer.remaining() == BufferPool.READ_BYTES;
  }

  /** The unread bytes, between position and limit; move the position to use them. */
  public ByteBuffer bytes() {
    return buffer != null ? buffer : EMPTY;
  }

  /**
   * Reads what is there, without waiting, behind the unread bytes.
   *
   * @return the number of bytes; 0 when there is nothing now or no room, -1 at the end
   */
  public int fill() throws IOException {
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

  /** Gives the buffer back if it holds nothing; to be called before parking. */
  public void release() {
    ByteBuffer held = buffer;
    if (held != null && !held.hasRemaining()) {
      buffer = null;
      connection.loop().buffers().give(held);
    }
  }

  /** Drops unread bytes and gives the buffer back. */
  public void discard() {
    bytes().position(bytes().limit());
    release();
  }
}
