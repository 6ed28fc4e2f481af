package ollama.gateway.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.util.Optional;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.client.ConnectTimeoutException;
import ollama.gateway.http.client.LookUpException;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.client.UpstreamOrigin;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.MediaType;
import ollama.gateway.proxy.Silence.DeadServerException;

/**
 * One try of a request on one server: send it, wait for the answer, relay that as it comes.
 *
 * <p>All waiting keeps an eye on the client: when it leaves, the connection to the server is closed
 * at once, so that the server stops working.
 */
final class Attempt implements UpstreamCall.InterimListener {

  private static final int SEND_BYTES = 8 * 1024;

  /** Of an answer that nobody gets. */
  private static final int DISCARDED_BYTES_MAX = 4 * 1024;

  /** Of an error that is told in a stream. */
  private static final int ERROR_BYTES_MAX = 64 * 1024;

  private static final int HTTP_OK = 200;

  /** The least status that is an error. */
  private static final int HTTP_ERROR = 400;

  private final Call call;
  private final UpstreamClient client;
  private final Stay stay;
  private final Upstream server;
  private final UpstreamTarget target;
  private final Question question;
  private final Recorder recorder;
  private final Silence.Exit exit;
  private boolean reused;

  /**
   * A try that isn't made yet.
   *
   * @param exit to another server, should this one be dead
   */
  Attempt(
      Call call,
      UpstreamClient client,
      Stay stay,
      Question question,
      Recorder recorder,
      Silence.Exit exit) {
    this.call = call;
    this.client = client;
    this.stay = stay;
    this.server = stay.server();
    this.target = call.settings().target(server);
    this.question = question;
    this.recorder = recorder;
    this.exit = exit;
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
    UpstreamConnection connection;
    try {
      connection = open(mayReuse);
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
    boolean toHead = call.head().method().equals("HEAD");
    try (Silence silence = new Silence(call, server, connection.connection(), exit);
        UpstreamCall upstream = new UpstreamCall(connection, silence, toHead, this)) {
      Optional<Outcome> unheard = send(upstream);
      return unheard.isPresent() ? unheard.get() : hear(upstream);
    }
  }

  private UpstreamConnection open(boolean mayReuse) throws IOException {
    Exchange exchange = call.exchange();
    UpstreamOrigin origin = target.origin();
    if (mayReuse) {
      Optional<UpstreamConnection> idle = client.pooled(exchange.loop(), origin);
      if (idle.isPresent()) {
        reused = true;
        return idle.get();
      }
    }
    int connectMillis = call.settings().config().timeouts().connectMillis();
    return client.connect(exchange.loop(), origin, connectMillis, exchange);
  }

  /** Empty once the server has the request, or wants no more of it; else the answer is known. */
  private Optional<Outcome> send(UpstreamCall upstream)
      throws PeerLeftException, ProtocolException {
    try {
      Framing framing = question.framing(call.head().framing());
      ForwardedHead.write(call, target, framing, question.isDecoded(), upstream.output());
      Optional<Refusal> forbidden = sendBody(upstream, framing);
      if (forbidden.isPresent()) {
        upstream.output().discard();
        return Optional.of(new RefusePlan(forbidden.get(), recorder).run(call));
      }
      return Optional.empty();
    } catch (PeerLeftException | ProtocolException e) {
      throw e;
    } catch (DeadServerException e) {
      return Optional.of(new Outcome.Failed(Failure.DEAD, why(e)));
    } catch (DeadlineException e) {
      recorder.timedOut(Timeout.UPSTREAM_IDLE);
      return Optional.of(new Outcome.Failed(Failure.STALLED, "it stopped taking the request"));
    } catch (IOException e) {
      // It closed or answered before it read everything: what it said, if anything, comes next.
      upstream.output().discard();
      return Optional.empty();
    }
  }

  private Outcome hear(UpstreamCall upstream) throws PeerLeftException {
    ResponseHead head;
    try {
      head = upstream.awaitHead();
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
      if (upstream.connection().responseBegun()) {
        boolean ended = e instanceof EOFException;
        String why = ended ? "it closed the connection amid the head of its answer" : why(e);
        return new Outcome.Failed(Failure.CUT, why);
      }
      return new Outcome.Failed(upstream.sent() ? Failure.DIED : Failure.CLOSED, why(e));
    }
    if (RetryPolicy.isFailure(head.status())) {
      server.reportAnswer();
    } else {
      server.reportSuccess();
    }
    if (RetryPolicy.mayLead(head.status()) && exit.isTakenAfter(head.status())) {
      discardAnswer(upstream.connection());
      String why = Failure.byStatus(head.status());
      return new Outcome.Failed(Failure.of(head.status()), why);
    }
    question.drop();
    // One that isn't asked for as a stream may come in chunks too, once it is whole.
    boolean isStreamed = call.isStreamed() && head.framing().kind() != Framing.Kind.LENGTH;
    boolean isError = head.status() >= HTTP_ERROR;
    // An answer that comes whole is over by now: nobody is behind it any more.
    if (isStreamed && !isError) {
      stay.began();
    }
    if (call.heartbeat().hasBegun() && head.status() != HTTP_OK) {
      return failStream(upstream.connection(), head);
    }
    if (!isError) {
      stay.answers(comesInPieces(head));
    }
    PayloadObserver observer = isError ? PayloadObserver.NONE : stay.observer();
    Outcome outcome = new Relay(call, upstream.connection(), recorder, observer).run(head);
    if (outcome instanceof Ending.Whole && !isError) {
      stay.ended(isStreamed);
    }
    return outcome;
  }

  /** Whether an answer is a stream, whatever the request was taken for. */
  private static boolean comesInPieces(ResponseHead head) {
    int type = head.fields().indexOf("content-type");
    if (type < 0 || head.framing().kind() == Framing.Kind.LENGTH) {
      return false;
    }
    String value = head.fields().value(type);
    return value.startsWith(MediaType.EVENTS) || value.startsWith(MediaType.LINES);
  }

  /**
   * Leaves the connection fit for others if the answer's end is here already, as of a short one.
   */
  private static void discardAnswer(UpstreamConnection connection) {
    ByteBuffer discarded = ByteBuffer.allocate(DISCARDED_BYTES_MAX);
    try {
      connection.body().decode(connection.input().bytes(), discarded);
      connection.input().release();
    } catch (ProtocolException e) {
      // It will be closed, since its end isn't known.
    }
  }

  /** The client has the head of a stream already: what the server says ends that. */
  private Outcome failStream(UpstreamConnection connection, ResponseHead head)
      throws PeerLeftException {
    try {
      int idleSeconds = call.settings().config().timeouts().upstreamIdleSeconds();
      long deadline = call.exchange().loop().deadlineAfterMillis(idleSeconds * 1000L);
      byte[] body = ServerGet.whole(connection, ERROR_BYTES_MAX, deadline);
      call.heartbeat().fail(call, head.status(), body);
      return Ending.WHOLE;
    } catch (PeerLeftException e) {
      throw e;
    } catch (ServerGet.TooLargeException e) {
      // It has answered, so it isn't blamed: clients bring about long errors with long names.
      call.heartbeat().fail(call, head.status(), new byte[0]);
      return Ending.WHOLE;
    } catch (IOException e) {
      return new Outcome.Failed(Failure.CUT, why(e));
    }
  }

  /**
   * Sends what is here of the body, then the rest as it comes from the client.
   *
   * @return why the rest may not be sent; empty if all was
   */
  private Optional<Refusal> sendBody(UpstreamCall upstream, Framing framing) throws IOException {
    if (framing.kind() == Framing.Kind.NONE) {
      upstream.finish();
      return Optional.empty();
    }
    RequestBody body = call.exchange().body();
    BodyEncoder encoder = new BodyEncoder();
    encoder.reset(framing);
    Edits.Writing kept = question.writing();
    while (kept.hasNext()) {
      kept.write(encoder, upstream.output());
      if (upstream.output().size() >= SEND_BYTES) {
        upstream.flush();
      }
    }
    while (!body.done()) {
      if (body.atHand()) {
        Optional<Refusal> forbidden = question.pass(body, encoder, upstream.output());
        if (forbidden.isPresent()) {
          return forbidden;
        }
      }
      boolean starved = !body.done() && !body.atHand();
      if (starved || upstream.output().size() >= SEND_BYTES) {
        upstream.flush();
      }
      // Sending may have waited for the server, and read the rest of the body meanwhile.
      if (starved && !body.atHand()) {
        body.await(upstream.connection().connection());
        upstream.listen();
      }
    }
    encoder.end(upstream.output());
    upstream.finish();
    return Optional.empty();
  }

  /** Passes an interim answer on. */
  @Override
  public void heard(ResponseHead head) throws PeerLeftException {
    // The gateway answers an expectation itself, so a 100 from behind is nobody's. Once a sign of
    // life has begun the answer, what comes before its head would come amid its body.
    boolean begun = call.heartbeat().hasBegun();
    if (head.status() != 100 && call.head().minorVersion() > 0 && !begun) {
      RelayedHead.writeInterim(call, head);
    }
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
