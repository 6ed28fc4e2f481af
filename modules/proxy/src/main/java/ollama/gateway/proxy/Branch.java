package ollama.gateway.proxy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.client.ConnectTimeoutException;
import ollama.gateway.http.client.LookUpException;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.proxy.Silence.DeadServerException;
import org.jspecify.annotations.Nullable;

/**
 * One server's share of a request that goes to several: it is sent the body's pieces as they come,
 * and what it says is kept until the request's own thread takes it. Runs on a thread of its own, of
 * the request's loop; an interrupt ends it, and closes its connection.
 */
final class Branch implements Runnable {

  private static final int PIECES_MAX = 4;
  private static final int LINES_MAX = 64;
  private static final int SEND_BYTES = 8 * 1024;

  /** A line, or the whole of an answer that isn't passed on line by line. */
  private static final int KEPT_BYTES_MAX = 1 << 20;

  private final Upstream server;
  private final Call call;
  private final UpstreamClient client;
  private final Recorder recorder;
  private final Framing framing;
  private final boolean streams;
  private final ReentrantLock heads;
  private final Thread taker = Thread.currentThread();
  private final ArrayBlockingQueue<ByteBuffer> pieces = new ArrayBlockingQueue<>(PIECES_MAX);
  private final ArrayBlockingQueue<byte[]> lines = new ArrayBlockingQueue<>(LINES_MAX);
  private volatile @Nullable Thread thread;
  private volatile boolean bodyEnded;
  private volatile boolean wantsNoMore;
  private volatile @Nullable Said said;

  /**
   * A share that isn't begun. To be made on the request's own thread, which takes what comes of it.
   *
   * @param framing how the end of the body is told
   * @param streams whether the lines of a good answer are wanted as they come
   * @param heads held while the request's head is read, of which there is one
   */
  Branch(
      Upstream server,
      Call call,
      OnePlan plan,
      Framing framing,
      boolean streams,
      ReentrantLock heads) {
    this.server = server;
    this.call = call;
    this.client = plan.client();
    this.recorder = plan.recorder();
    this.framing = framing;
    this.streams = streams;
    this.heads = heads;
  }

  Upstream server() {
    return server;
  }

  void start() {
    thread = call.exchange().loop().startThread(this);
  }

  /** Ends it, if it hasn't ended. */
  void cancel() {
    Thread running = thread;
    if (running != null && said == null) {
      running.interrupt();
    }
  }

  /** Whether {@link #give} has room, or nothing more is wanted. */
  boolean hasRoom() {
    return isSated() || pieces.remainingCapacity() > 0;
  }

  /** Whether its server wants nothing more of the body. */
  boolean isSated() {
    return wantsNoMore || said != null;
  }

  /** Takes a piece of the body, for which there is room; it is only read. */
  void give(ByteBuffer piece) {
    if (!isSated()) {
      pieces.add(piece.duplicate());
      LockSupport.unpark(thread);
    }
  }

  /** No more pieces come. */
  void endBody() {
    bodyEnded = true;
    LockSupport.unpark(thread);
  }

  /** The next line of a good answer; null if there is none now. */
  byte @Nullable [] pollLine() {
    byte[] line = lines.poll();
    if (line != null) {
      LockSupport.unpark(thread);
    }
    return line;
  }

  /** What came of it in the end; null before. After this no line comes that isn't there yet. */
  @Nullable Said said() {
    return said;
  }

  @Override
  public void run() {
    Said last = Said.failed(Failure.CLOSED, "it was called off");
    try (Lease _ = call.settings().balancer().lease(server)) {
      last = ask();
    } finally {
      said = last;
      LockSupport.unpark(taker);
    }
  }

  private Said ask() {
    UpstreamConnection connection;
    UpstreamTarget target = call.settings().target(server);
    try {
      checkWanted();
      int connectMillis = call.settings().config().timeouts().connectMillis();
      EventLoop loop = call.exchange().loop();
      connection = client.connect(loop, target.origin(), connectMillis, Watch.NONE);
    } catch (OutOfDescriptorsException e) {
      return Said.failed(Failure.OUT_OF_DESCRIPTORS, String.valueOf(e.getMessage()));
    } catch (LookUpException e) {
      return Said.failed(Failure.NOT_LOOKED_UP, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (!isCanceled()) {
        if (e instanceof ConnectTimeoutException) {
          recorder.timedOut(Timeout.CONNECT);
        }
        server.reportConnectFailure(why);
      }
      return Said.failed(Failure.UNREACHABLE, why);
    }
    boolean toHead = call.head().method().equals("HEAD");
    // Nobody else may take the request, but who is dead won't answer it.
    try (Silence silence =
            new Silence(call, server, connection.connection(), () -> true, Watch.NONE);
        UpstreamCall upstream =
            new UpstreamCall(connection, silence, toHead, UpstreamCall.InterimListener.NONE)) {
      Optional<Said> failed = send(upstream, target);
      return failed.isPresent() ? failed.get() : hear(upstream);
    }
  }

  /** Empty once the server has the request, or wants no more of it. */
  private Optional<Said> send(UpstreamCall upstream, UpstreamTarget target) {
    try {
      heads.lock();
      try {
        ForwardedHead.write(call, target, framing, false, upstream.output());
      } finally {
        heads.unlock();
      }
      sendBody(upstream);
      return Optional.empty();
    } catch (DeadServerException e) {
      return Optional.of(Said.failed(Failure.DEAD, Attempt.why(e)));
    } catch (DeadlineException e) {
      recorder.timedOut(Timeout.UPSTREAM_IDLE);
      return Optional.of(Said.failed(Failure.STALLED, "it stopped taking the request"));
    } catch (IOException e) {
      // It closed or answered before it read everything: what it said, if anything, comes next.
      upstream.output().discard();
      return Optional.empty();
    } finally {
      wantsNoMore = true;
      LockSupport.unpark(taker);
    }
  }

  private void sendBody(UpstreamCall upstream) throws IOException {
    if (framing.kind() == Framing.Kind.NONE) {
      upstream.finish();
      return;
    }
    BodyEncoder encoder = new BodyEncoder();
    encoder.reset(framing);
    for (ByteBuffer piece = nextPiece(upstream); piece != null; piece = nextPiece(upstream)) {
      while (piece.hasRemaining()) {
        int count = Math.min(piece.remaining(), BufferPool.READ_BYTES);
        int from = piece.arrayOffset() + piece.position();
        encoder.encode(piece.array(), from, count, upstream.output());
        piece.position(piece.position() + count);
        if (upstream.output().size() >= SEND_BYTES) {
          upstream.flush();
          upstream.listen();
        }
      }
    }
    encoder.end(upstream.output());
    upstream.finish();
  }

  /** Null behind the last one. */
  private @Nullable ByteBuffer nextPiece(UpstreamCall upstream) throws IOException {
    while (true) {
      // Asked first: what is given before the end is said is there then.
      boolean ended = bodyEnded;
      ByteBuffer piece = pieces.poll();
      if (piece != null || ended) {
        LockSupport.unpark(taker);
        return piece;
      }
      upstream.flush();
      upstream
          .connection()
          .connection()
          .awaitReadable(null, Timer.NEVER, "the rest of the request");
      upstream.listen();
    }
  }

  private Said hear(UpstreamCall upstream) {
    ResponseHead head;
    try {
      checkWanted();
      head = upstream.awaitHead();
    } catch (DeadServerException e) {
      return Said.failed(Failure.DEAD, Attempt.why(e));
    } catch (DeadlineException e) {
      recorder.timedOut(Timeout.FIRST_BYTE);
      return Said.failed(Failure.SILENT, "it didn't answer in time");
    } catch (ProtocolException e) {
      recorder.brokenAnswer(e.rule());
      return Said.failed(Failure.MALFORMED, Attempt.why(e));
    } catch (IOException e) {
      if (upstream.connection().responseBegun()) {
        boolean ended = e instanceof EOFException;
        String why = ended ? "it closed the connection amid its answer's head" : Attempt.why(e);
        return Said.failed(Failure.CUT, why);
      }
      return Said.failed(upstream.sent() ? Failure.DIED : Failure.CLOSED, Attempt.why(e));
    }
    server.reportSuccess();
    int type = head.fields().indexOf("content-type");
    Optional<String> contentType =
        type < 0 ? Optional.empty() : Optional.of(head.fields().value(type));
    try {
      String body = read(upstream.connection(), streams && head.status() == 200);
      return Said.answered(head.status(), contentType, body);
    } catch (DeadlineException e) {
      recorder.timedOut(Timeout.UPSTREAM_IDLE);
      return Said.failed(Failure.CUT, "it stopped in mid-answer");
    } catch (ProtocolException e) {
      recorder.brokenAnswer(e.rule());
      return Said.failed(Failure.CUT, Attempt.why(e));
    } catch (IOException e) {
      return Said.failed(Failure.CUT, Attempt.why(e));
    }
  }

  /** Reads the answer's body to its end; what it returns is behind the last line of those. */
  private String read(UpstreamConnection connection, boolean byLine) throws IOException {
    long idleMillis = call.settings().config().timeouts().upstreamIdleSeconds() * 1000L;
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    ByteBuffer bytes = ByteBuffer.allocate(BufferPool.READ_BYTES);
    while (!connection.body().done()) {
      if (connection.input().isEmpty()) {
        connection.input().release();
        long deadline = EventLoop.deadlineMillis(idleMillis);
        connection.connection().awaitReadable(null, deadline, "more of the answer");
        if (connection.connection().readable() && connection.input().fill() < 0) {
          connection.body().endOfInput();
        }
      }
      connection.body().decode(connection.input().bytes(), bytes.clear());
      keep(bytes.flip(), kept, byLine);
    }
    connection.input().release();
    return kept.toString(StandardCharsets.UTF_8);
  }

  private void keep(ByteBuffer bytes, ByteArrayOutputStream kept, boolean byLine)
      throws IOException {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      if (byLine && next == '\n') {
        pass(kept.toByteArray());
        kept.reset();
      } else if (kept.size() < KEPT_BYTES_MAX) {
        kept.write(next);
      } else {
        throw new IOException("its answer, or a line of that, is longer than 1 MiB");
      }
    }
  }

  /** Waits while the client takes less than comes. */
  private void pass(byte[] line) throws IOException {
    while (!lines.offer(line)) {
      LockSupport.park(this);
      checkWanted();
    }
    LockSupport.unpark(taker);
  }

  private static boolean isCanceled() {
    return Thread.currentThread().isInterrupted();
  }

  private static void checkWanted() throws IOException {
    if (isCanceled()) {
      throw new InterruptedIOException("it was called off");
    }
  }
}
