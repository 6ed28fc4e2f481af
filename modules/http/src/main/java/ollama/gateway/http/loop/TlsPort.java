package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.poll.Port;
import org.jspecify.annotations.Nullable;

/**
 * A socket on which TLS is spoken (RFC 8446, RFC 5246): who reads and writes it sees what stands in
 * the records.
 *
 * <p>What a record needs is held only while there is some of it: a part of one that came, what a
 * reader had no room for, a record that the peer hasn't taken. An idle one holds no buffer.
 *
 * <p>The lock is uncontended on an event loop and needed on the fallback scheduler, where a loop
 * may close what a thread of its own is reading.
 */
final class TlsPort implements Port {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** What has to happen before a handshake goes on. */
  enum Need {
    /** The peer has to say something. */
    READ,
    /** The peer has to take something. */
    WRITE,
    /** A task of the engine's has to be run, which takes too long for a loop. */
    TASK,
    /** Nothing: it is over. */
    NOTHING
  }

  private final Port socket;
  private final SSLEngine engine;
  private final BufferPool buffers;
  private final TlsRecords received;
  private final TlsPatience patience;
  private final TlsSending sending;
  // What a reader had no room for, from position to limit.
  private @Nullable ByteBuffer surplus;
  // How much a writer still has at hand of what stands in the record that is sent.
  private int covered;
  // The peer has said that nothing follows.
  private boolean ended;
  private boolean closed;
  // The engine's lock is held for as long as a task runs.
  private volatile boolean computing;

  /**
   * TLS over a socket, to begin with a handshake.
   *
   * @param engine knows its side; nothing was done with it yet
   * @param buffers of the socket's loop
   * @param early what was read of the socket already
   */
  TlsPort(Port socket, SSLEngine engine, BufferPool buffers, ByteBuffer early) {
    this.socket = socket;
    this.engine = engine;
    this.buffers = buffers;
    this.sending = new TlsSending(socket, engine, buffers);
    this.received = new TlsRecords(socket, buffers, early);
    this.patience = new TlsPatience(engine.getUseClientMode());
  }

  /**
   * Goes on with the handshake as far as that is possible now.
   *
   * @throws SSLException when it fails; the peer has been told why, as far as it takes that
   */
  synchronized Need handshake() throws IOException {
    checkOpen();
    try {
      return advance();
    } catch (SSLException e) {
      tellWhy();
      throw e;
    } finally {
      received.shrink();
    }
  }

  private Need advance() throws IOException {
    while (true) {
      if (ended) {
        throw new SSLException("the peer gave the handshake up");
      }
      if (!sending.isFlushed()) {
        return Need.WRITE;
      }
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          return Need.TASK;
        }
        case NEED_WRAP -> {
          var _ = sending.seal(NOTHING);
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (unwrap(NOTHING)) {
            patience.handshakeRecord();
          } else {
            int count = received.fill();
            if (count < 0) {
              throw new SSLException("the peer left during the handshake");
            }
            if (count == 0) {
              return Need.READ;
            }
            patience.handshakeBytes(count);
          }
        }
        case NOT_HANDSHAKING, FINISHED -> {
          return Need.NOTHING;
        }
      }
    }
  }

  /**
   * A task that a handshake waits for; to be run on a thread that may take its time.
   *
   * @param isVain asked right before: whether nobody waits for it any more
   */
  Runnable task(BooleanSupplier isVain) {
    Runnable task = engine.getDelegatedTask();
    if (task == null) {
      return () -> {};
    }
    computing = true;
    return () -> {
      try {
        if (!isVain.getAsBoolean()) {
          task.run();
        }
      } finally {
        computing = false;
      }
    };
  }

  /**
   * {@inheritDoc}
   *
   * @throws SSLException when what comes is no TLS, was changed on its way, or ended without the
   *     peer saying so (RFC 8446 section 6.1), so that some of it may be missing
   */
  @Override
  public synchronized int read(ByteBuffer into) throws IOException {
    checkOpen();
    try {
      // An answer of TLS itself may be due, or the end.
      boolean _ = sending.isFlushed();
      return readRecords(into);
    } finally {
      received.shrink();
    }
  }

  private int readRecords(ByteBuffer into) throws IOException {
    int begin = into.position();
    moveSurplus(into);
    boolean mayHaveMore = true;
    while (into.hasRemaining() && !ended) {
      if (takeRecord(into)) {
        continue;
      }
      int count = mayHaveMore ? received.fill() : 0;
      if (count < 0 && into.position() == begin) {
        throw new SSLException("the connection was cut: it ended without close_notify");
      }
      if (count <= 0) {
        break;
      }
      mayHaveMore = received.mayHaveMore();
    }
    int count = into.position() - begin;
    return count == 0 && ended ? -1 : count;
  }

  @Override
  public synchronized boolean hasMore() {
    return ended || surplus != null;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A record counts as written when the socket has taken all of it: who is told that some bytes
   * weren't written has to come again with these.
   */
  @Override
  public synchronized int write(ByteBuffer from) throws IOException {
    checkOpen();
    if (covered > from.remaining()) {
      throw new IllegalStateException("what was begun to be written isn't there any more");
    }
    int begin = from.position();
    while (sending.isFlushed()) {
      from.position(from.position() + covered);
      covered = 0;
      if (!from.hasRemaining()) {
        break;
      }
      int before = from.position();
      if (sending.seal(from) == SSLEngineResult.Status.CLOSED) {
        throw new SSLException("the peer has closed the connection");
      }
      covered = from.position() - before;
      from.position(before);
      if (covered == 0 && !sending.isHolding()) {
        throw new SSLException("nothing can be written: " + engine.getHandshakeStatus());
      }
    }
    return from.position() - begin;
  }

  @Override
  public synchronized void shutdownOutput() throws IOException {
    checkOpen();
    sending.end(true);
  }

  /** {@inheritDoc} The peer is told so first, if it takes that at once. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    try {
      if (!computing) {
        sending.end(false);
      }
    } catch (IOException e) {
      // The connection is lost already.
    } finally {
      release();
      socket.close();
    }
  }

  @Override
  public synchronized void reset() {
    release();
    socket.reset();
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public synchronized boolean arm(int ops) throws ClosedChannelException {
    // Who waits for the peer's words waits, without knowing, until it has taken what is due.
    boolean due = (ops & READ) != 0 && !isFlushedNow();
    return socket.arm(due ? ops | WRITE : ops);
  }

  private boolean isFlushedNow() {
    try {
      return closed || sending.isFlushed();
    } catch (IOException e) {
      // The next read finds the same.
      return true;
    }
  }

  @Override
  public void disarm(int ops) throws ClosedChannelException {
    socket.disarm(ops);
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  private void release() {
    closed = true;
    received.release();
    surplus = given(surplus);
    sending.release();
  }

  private @Nullable ByteBuffer given(@Nullable ByteBuffer buffer) {
    if (buffer != null) {
      buffers.give(buffer);
    }
    return null;
  }

  /** Takes one record of what was received; false if it isn't whole. */
  private boolean unwrap(ByteBuffer into) throws IOException {
    if (!received.hasWhole()) {
      return false;
    }
    ByteBuffer from = received.bytes();
    try {
      SSLEngineResult result = engine.unwrap(from, into);
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
        result = unwrapAside(from);
        moveSurplus(into);
      }
      ended |= result.getStatus() == SSLEngineResult.Status.CLOSED;
      return result.getStatus() != SSLEngineResult.Status.BUFFER_UNDERFLOW;
    } finally {
      received.used();
    }
  }

  /** The same behind the handshake, where TLS itself may say something in between. */
  private boolean takeRecord(ByteBuffer into) throws IOException {
    try {
      int room = into.remaining();
      int bytes = received.bytes().remaining();
      if (!unwrap(into)) {
        return false;
      }
      if (into.remaining() < room || surplus != null || ended) {
        patience.content();
      } else {
        patience.noContent(bytes - received.bytes().remaining());
      }
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        throw new SSLException("the peer wants a second handshake: there is one for a connection");
      }
      if (status == HandshakeStatus.NEED_WRAP) {
        answer();
      }
      return true;
    } catch (SSLException e) {
      tellWhy();
      throw e;
    }
  }

  /** Says what TLS itself has to say, unless the peer takes nothing just now. */
  private void answer() throws IOException {
    if (sending.isFlushed()) {
      sending.say();
      patience.answered();
    } else {
      patience.unanswered();
    }
  }

  /** The same where the reader hasn't room for all of a record. */
  private SSLEngineResult unwrapAside(ByteBuffer from) throws SSLException {
    ByteBuffer aside = buffers.take();
    try {
      SSLEngineResult result = engine.unwrap(from, aside);
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
        throw new SSLException("a record is longer than TLS allows");
      }
      return result;
    } finally {
      aside.flip();
      surplus = aside.hasRemaining() ? aside : given(aside);
    }
  }

  private void moveSurplus(ByteBuffer into) {
    ByteBuffer rest = surplus;
    if (rest == null) {
      return;
    }
    int count = Math.min(rest.remaining(), into.remaining());
    int end = rest.limit();
    into.put(rest.limit(rest.position() + count));
    rest.limit(end);
    if (!rest.hasRemaining()) {
      surplus = given(rest);
    }
  }

  /** Sends the alert that a failure has made, if the peer takes it at once. */
  private void tellWhy() {
    try {
      sending.say();
    } catch (IOException e) {
      // It has left, or was told already.
    }
  }
}
