package ollama.gateway.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.TimeoutsConfig;
import ollama.gateway.http.client.ConnectTimeoutException;
import ollama.gateway.http.client.LookUpException;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.client.UpstreamOrigin;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.proxy.Silence.DeadServerException;

/**
 * One try of a request on one server: send it, wait for the answer, relay that as it comes.
 *
 * <p>All waiting keeps an eye on the client: when it leaves, the connection to the server is closed
 * at once, so that the server stops working.
 */
final class Attempt {

  private static final int SEND_BYTES = 8 * 1024;

  /** How long a client isn't watched of whom too much was read ahead when a wait began. */
  private static final long UNWATCHED_MILLIS = 1_000;

  /** Where the final head of the answer comes from. */
  private interface Heard {
    ResponseHead head() throws IOException;
  }

  /** The server answered before it had the whole request, or closed: no more is sent to it. */
  private static final class EarlyAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    EarlyAnswerException() {
      super("the server answered early");
    }
  }

  private final Call call;
  private final Exchange exchange;
  private final UpstreamClient client;
  private final Upstream server;
  private final UpstreamTarget target;
  private final Question question;
  private final Recorder recorder;
  private final BooleanSupplier mayLeave;
  private final TimeoutsConfig timeouts;
  private Optional<Heard> heard = Optional.empty();
  private boolean requestSent;
  private boolean reused;

  /**
   * A try that isn't made yet.
   *
   * @param mayLeave whether the request could go to another server, should this one be dead
   */
  Attempt(
      Call call,
      UpstreamClient client,
      Upstream server,
      Question question,
      Recorder recorder,
      BooleanSupplier mayLeave) {
    this.call = call;
    this.exchange = call.exchange();
    this.client = client;
    this.server = server;
    this.target = call.settings().target(server);
    this.question = question;
    this.recorder = recorder;
    this.mayLeave = mayLeave;
    this.timeouts = call.settings().config().timeouts();
  }

  /** Whether the connection was one that the server might have closed unseen. */
  boolean reused() {
    return reused;
  }

  /**
   * Makes the try.
   *
   * @param mayReuse whether an idle connection will do; if not, a new one is made
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the client's body broke a rule
   */
  Outcome run(boolean mayReuse) throws PeerLeftException, ProtocolException {
    UpstreamConnection upstream;
    try {
      upstream = open(mayReuse);
    } catch (PeerLeftException e) {
      throw e;
    } catch (OutOfDescriptorsException e) {
      return new Outcome.Failed(Failure.OUT_OF_DESCRIPTORS, String.valueOf(e.getMessage()));
    } catch (LookUpException e) {
      // Nothing is known of the server, so it isn't blamed.
      return new Outcome.Failed(Failure.NOT_LOOKED_UP, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      if (e instanceof ConnectTimeoutException) {
        recorder.timedOut(Timeout.CONNECT);
      }
      String why = String.valueOf(e.getMessage());
      server.reportConnectFailure(why);
      return new Outcome.Failed(Failure.UNREACHABLE, why);
    }
    try (Silence silence = silence(upstream)) {
      return talk(upstream, silence);
    } finally {
      upstream.release(requestSent);
    }
  }

  private Silence silence(UpstreamConnection upstream) {
    int periodMillis = call.settings().config().loadBalancer().checkAfterSilenceMillis();
    return new Silence(exchange, server, upstream.connection(), periodMillis, mayLeave);
  }

  private UpstreamConnection open(boolean mayReuse) throws IOException {
    UpstreamOrigin origin = target.origin();
    if (mayReuse) {
      Optional<UpstreamConnection> idle = client.pooled(exchange.loop(), origin);
      if (idle.isPresent()) {
        reused = true;
        return idle.get();
      }
    }
    return client.connect(exchange.loop(), origin, timeouts.connectMillis(), exchange);
  }

  private Outcome talk(UpstreamConnection upstream, Silence silence)
      throws PeerLeftException, ProtocolException {
    try {
      ForwardedHead.write(call, target, upstream.output());
      sendBody(upstream, silence);
      requestSent = true;
    } catch (PeerLeftException | ProtocolException e) {
      throw e;
    } catch (DeadServerException e) {
      return new Outcome.Failed(Failure.DEAD, why(e));
    } catch (DeadlineException e) {
      recorder.timedOut(Timeout.UPSTREAM_IDLE);
      return new Outcome.Failed(Failure.STALLED, "it stopped taking the request");
    } catch (IOException e) {
      // It closed or answered before it read everything: what it said, if anything, comes next.
      upstream.output().discard();
    }
    ResponseHead head;
    try {
      head = heard.isPresent() ? heard.get().head() : awaitFinalHead(upstream, silence);
    } catch (PeerLeftException e) {
      throw e;
    } catch (DeadServerException e) {
      return new Outcome.Failed(Failure.DEAD, why(e));
    } catch (DeadlineException e) {
      recorder.timedOut(Timeout.FIRST_BYTE);
      return new Outcome.Failed(Failure.SILENT, "it didn't answer in time");
    } catch (ProtocolException e) {
      recorder.brokenAnswer(e.rule());
      return new Outcome.Failed(Failure.MALFORMED, why(e));
    } catch (IOException e) {
      if (upstream.responseBegun()) {
        return new Outcome.Failed(Failure.CUT, why(e));
      }
      return new Outcome.Failed(requestSent ? Failure.DIED : Failure.CLOSED, why(e));
    }
    server.reportSuccess();
    question.drop();
    return new Relay(call, upstream, recorder).run(head);
  }

  /** Sends what was kept of the body, then the rest as it comes from the client. */
  private void sendBody(UpstreamConnection upstream, Silence silence) throws IOException {
    RequestBody body = exchange.body();
    BodyEncoder encoder = new BodyEncoder();
    encoder.reset(call.head().framing());
    for (int at = 0; at < question.size(); ) {
      at = question.writePiece(at, encoder, upstream.output());
      if (upstream.output().size() >= SEND_BYTES) {
        flush(upstream, silence);
      }
    }
    while (!body.done()) {
      if (body.atHand()) {
        // What comes now isn't kept, so what is kept is of no more use.
        question.drop();
        int _ = body.take(encoder, upstream.output());
      }
      boolean starved = !body.done() && !body.atHand();
      if (starved || upstream.output().size() >= SEND_BYTES) {
        flush(upstream, silence);
      }
      // Sending may have waited for the server, and read the rest of the body meanwhile.
      if (starved && !body.atHand()) {
        body.await(upstream.connection());
        listen(upstream);
      }
    }
    encoder.end(upstream.output());
    flush(upstream, silence);
  }

  private void flush(UpstreamConnection upstream, Silence silence) throws IOException {
    long deadline = Timer.NEVER;
    int left = Integer.MAX_VALUE;
    while (!upstream.output().tryFlush()) {
      if (upstream.output().size() < left) {
        // Only what it takes puts the deadline off, not what else may end a wait.
        left = upstream.output().size();
        deadline = exchange.loop().deadlineAfterMillis(timeouts.upstreamIdleSeconds() * 1000L);
        silence.restart();
      }
      awaitTaking(upstream, silence, deadline);
      silence.check();
      listen(upstream);
    }
  }

  private void awaitTaking(UpstreamConnection upstream, Silence silence, long deadline)
      throws IOException {
    Connection watched = exchange.watched();
    long until = silence.until(deadline);
    long again =
        watched == null ? exchange.loop().deadlineAfterMillis(UNWATCHED_MILLIS) : Timer.NEVER;
    try {
      upstream.connection().awaitWritable(true, watched, Math.min(until, again));
    } catch (DeadlineException e) {
      if (until <= again) {
        silence.passed(e, deadline);
      }
    }
  }

  /**
   * Hears what the server says before it has the whole request. Interim answers are passed on and
   * change nothing; its final one, or its end, means that it wants no more.
   */
  private void listen(UpstreamConnection upstream) throws EarlyAnswerException, PeerLeftException {
    try {
      if (upstream.connection().readable() && upstream.input().fill() < 0) {
        throw new EOFException();
      }
      if (!upstream.input().isEmpty()) {
        long deadline = firstByteDeadline();
        ResponseHead head = awaitHead(upstream, deadline);
        while (head.interim() && !upstream.input().isEmpty()) {
          head = awaitHead(upstream, deadline);
        }
        if (!head.interim()) {
          ResponseHead last = head;
          heard = Optional.of(() -> last);
        }
      }
    } catch (PeerLeftException e) {
      throw e;
    } catch (IOException e) {
      heard =
          Optional.of(
              () -> {
                throw e;
              });
    }
    if (heard.isPresent()) {
      throw new EarlyAnswerException();
    }
  }

  private ResponseHead awaitFinalHead(UpstreamConnection upstream, Silence silence)
      throws IOException {
    long deadline = firstByteDeadline();
    awaitFirstByte(upstream, silence, deadline);
    ResponseHead head = awaitHead(upstream, deadline);
    while (head.interim()) {
      head = awaitHead(upstream, deadline);
    }
    return head;
  }

  private void awaitFirstByte(UpstreamConnection upstream, Silence silence, long deadline)
      throws IOException {
    silence.restart();
    while (!upstream.responseBegun()) {
      try {
        upstream.awaitFirstByte(silence, silence.until(deadline));
      } catch (DeadlineException e) {
        silence.passed(e, deadline);
      }
    }
  }

  /** The next head; an interim one has been passed on when this returns. */
  private ResponseHead awaitHead(UpstreamConnection upstream, long deadline) throws IOException {
    boolean toHead = call.head().method().equals("HEAD");
    ResponseHead head = upstream.awaitHead(toHead, HeadLimits.DEFAULT, exchange, deadline);
    if (head.interim()) {
      // The gateway answers an expectation itself, so a 100 from behind is nobody's.
      if (head.status() != 100 && call.head().minorVersion() > 0) {
        RelayedHead.writeInterim(call, head);
      }
    }
    return head;
  }

  private long firstByteDeadline() {
    return exchange.loop().deadlineAfterMillis(timeouts.firstByteSeconds() * 1000L);
  }

  /** What an I/O failure of a server is called. */
  static String why(IOException e) {
    if (e instanceof ProtocolException broken) {
      return "its answer is malformed: " + broken.rule().text();
    }
    if (e instanceof EOFException) {
      return "it closed the connection before it answered";
    }
    if (e instanceof ConnectException) {
      return "it refused the connection";
    }
    return String.valueOf(e.getMessage());
  }
}
