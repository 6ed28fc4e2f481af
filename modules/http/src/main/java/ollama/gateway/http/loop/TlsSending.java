package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.poll.Port;
import org.jspecify.annotations.Nullable;

/** The records that go to a peer: one at a time, which is held until the socket has it. */
final class TlsSending {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Port socket;
  private final SSLEngine engine;
  private final BufferPool buffers;
  // From position to limit.
  private @Nullable ByteBuffer record;
  private boolean ending;
  private boolean shutdownDue;

  TlsSending(Port socket, SSLEngine engine, BufferPool buffers) {
    this.socket = socket;
    this.engine = engine;
    this.buffers = buffers;
  }

  /** Whether the socket has all that is due; behind the last record, that it was the last. */
  boolean isFlushed() throws IOException {
    while (true) {
      ByteBuffer due = record;
      if (due != null) {
        socket.write(due);
        if (due.hasRemaining()) {
          return false;
        }
        release();
      }
      if (!ending || engine.isOutboundDone()) {
        break;
      }
      var _ = seal(NOTHING);
      if (record == null) {
        break;
      }
    }
    if (shutdownDue) {
      shutdownDue = false;
      socket.shutdownOutput();
    }
    return true;
  }

  /** Whether a record is held. */
  boolean isHolding() {
    return record != null;
  }

  /**
   * Makes a record, while none is held, of what the engine has to say itself, or else of as much as
   * goes into one.
   *
   * @throws SSLException if that can't be
   */
  SSLEngineResult.Status seal(ByteBuffer from) throws SSLException {
    ByteBuffer held = buffers.take();
    SSLEngineResult.Status status;
    try {
      status = engine.wrap(from, held).getStatus();
    } finally {
      record = held.flip();
      if (!held.hasRemaining()) {
        release();
      }
    }
    if (status == SSLEngineResult.Status.BUFFER_OVERFLOW) {
      throw new SSLException("a record would be longer than TLS allows");
    }
    return status;
  }

  /** Seals what the engine has to say, and sends that as far as the socket takes it. */
  void say() throws IOException {
    if (isFlushed()) {
      var _ = seal(NOTHING);
      boolean _ = isFlushed();
    }
  }

  /**
   * Nothing more follows but that.
   *
   * @param shutdown whether the socket's sending side ends with it
   */
  void end(boolean shutdown) throws IOException {
    ending = true;
    shutdownDue |= shutdown;
    engine.closeOutbound();
    boolean _ = isFlushed();
  }

  /** Drops what is held. */
  void release() {
    ByteBuffer held = record;
    record = null;
    if (held != null) {
      buffers.give(held);
    }
  }
}
