package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.poll.Port;
import org.jspecify.annotations.Nullable;

/**
 * The records of a peer as they come (RFC 8446 section 5.1). There is memory for one, and only
 * while there is some of it; a small part of one is kept in as much as it takes.
 */
final class TlsRecords {

  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  /** Type, version and length. */
  private static final int HEADER_BYTES = 5;

  private static final int LENGTH_AT = 3;

  /** What is sealed, and what sealing adds to that (section 5.2). */
  private static final int RECORD_BYTES_MAX = 16_384 + 256;

  private static final int SMALL_BYTES = 2_048;

  private final Port socket;
  private final BufferPool buffers;
  // From position to limit.
  private @Nullable ByteBuffer held;
  private boolean mayHaveMore = true;

  /**
   * Those that come from a socket.
   *
   * @param early what was read of it already
   */
  TlsRecords(Port socket, BufferPool buffers, ByteBuffer early) {
    this.socket = socket;
    this.buffers = buffers;
    if (early.hasRemaining()) {
      held = buffers.take().put(early).flip();
    }
  }

  /**
   * Whether a whole one is there. One that is too long is found out before it is: an engine would
   * take it, and memory for it.
   */
  boolean hasWhole() throws SSLException {
    ByteBuffer bytes = bytes();
    if (bytes.remaining() < HEADER_BYTES) {
      return false;
    }
    int length = Short.toUnsignedInt(bytes.getShort(bytes.position() + LENGTH_AT));
    if (length > RECORD_BYTES_MAX) {
      throw new SSLException("a record is longer than TLS allows");
    }
    return bytes.remaining() >= HEADER_BYTES + length;
  }

  /** What is there; {@link #used} is to be called when some was used. */
  ByteBuffer bytes() {
    ByteBuffer some = held;
    return some == null ? NONE : some;
  }

  /** Gives the memory back where nothing is left. */
  void used() {
    if (!bytes().hasRemaining()) {
      release();
    }
  }

  /** Reads of the socket; as {@link Port#read}. */
  int fill() throws IOException {
    ByteBuffer some = withRoom();
    held = some;
    try {
      if (!some.hasRemaining()) {
        throw new SSLException("a record is longer than TLS allows");
      }
      return socket.read(some);
    } finally {
      // As a rule it is known without asking again that there is nothing more now.
      mayHaveMore = !some.hasRemaining();
      some.flip();
      used();
    }
  }

  private ByteBuffer withRoom() {
    ByteBuffer some = held;
    if (some == null) {
      return buffers.take();
    }
    return isPooled(some) ? some.compact() : buffers.take().put(some);
  }

  /** Whether the last {@link #fill} may have left something that was there. */
  boolean mayHaveMore() {
    return mayHaveMore;
  }

  /** Keeps the beginning of a record, which may be all for long, in no more than it takes. */
  void shrink() {
    ByteBuffer some = held;
    if (some != null && isPooled(some) && some.remaining() <= SMALL_BYTES) {
      held = ByteBuffer.allocate(some.remaining()).put(some).flip();
      buffers.give(some);
    }
  }

  private static boolean isPooled(ByteBuffer buffer) {
    return buffer.capacity() == BufferPool.BUFFER_BYTES;
  }

  /** Drops what is there. */
  void release() {
    ByteBuffer some = held;
    held = null;
    if (some != null && isPooled(some)) {
      buffers.give(some);
    }
  }
}
