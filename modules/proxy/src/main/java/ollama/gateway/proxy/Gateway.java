package ollama.gateway.proxy;

import java.io.IOException;
import java.util.function.Supplier;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.Handler;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.ratelimit.Decision;

/** A request's way through the gateway: {@link #handle} shows all its phases in their order. */
public final class Gateway implements Handler {

  /** Counted and logged for a client that left before its answer was complete. */
  private static final int CLIENT_LEFT = 499;

  private static final int SERVER_BROKE_OFF = 502;

  private final Supplier<Settings> settings;
  private final Forwarder forwarder;
  private final OwnEndpoints own;
  private final Recorder recorder;

  /**
   * A gateway.
   *
   * @param settings asked once for each request
   * @param client connects to the servers
   * @param admin what admin keys may do
   * @param metrics counts
   * @param offLoop runs what would block
   * @param log is told each finished request
   */
  public Gateway(
      Supplier<Settings> settings,
      UpstreamClient client,
      Admin admin,
      GatewayMetrics metrics,
      OffLoop offLoop,
      RequestLog log) {
    this.settings = settings;
    this.recorder = new Recorder(metrics, log);
    this.forwarder = new Forwarder(client, metrics, recorder);
    this.own = new OwnEndpoints(admin, metrics, offLoop, recorder);
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    GatewayRequest request = new GatewayRequest(exchange, settings.get());
    long beganNanos = recorder.began();
    int status = 500;
    String note = "";
    try {
      note = answer(request);
      status = note.isEmpty() ? exchange.response().status() : SERVER_BROKE_OFF;
      if (!note.isEmpty()) {
        // The connection is cut, so that the client can't take this for the whole answer.
        throw new IOException(note);
      }
    } catch (PeerLeftException e) {
      status = CLIENT_LEFT;
      note = String.valueOf(e.getMessage());
      if (e.stalled()) {
        recorder.timedOut(Timeout.WRITE_STALL);
      }
      throw e;
    } catch (ProtocolException e) {
      status = e.rule().status();
      note = e.rule().text();
      refuseBody(request, e);
    } finally {
      recorder.ended(request, status, beganNanos, note);
    }
  }

  /** Answers, whatever that takes; returns why the answer broke off, or nothing. */
  private String answer(GatewayRequest request) throws PeerLeftException, ProtocolException {
    Settings now = request.settings();
    if (request.exchange().reserved() && request.route().kind() != Route.Kind.OWN) {
      recorder.refused(request, "connections", Refusal.FULL.message());
      return refuse(request, Refusal.FULL);
    }
    if (OwnEndpoints.isProbe(request)) {
      own.answer(request);
      return "";
    }
    if (!now.addresses().allows(request.client())) {
      return refuse(request, Refusal.ADDRESS);
    }
    if (OwnEndpoints.isPublic(request)) {
      own.answer(request);
      return "";
    }
    if (request.authenticate().isEmpty()) {
      // No key is no guess.
      return request.presentsKey()
          ? refuseGuess(request, Refusal.KEY)
          : refuse(request, Refusal.KEY);
    }
    if (OwnEndpoints.isOwn(request)) {
      own.answer(request);
      return "";
    }
    Decision limit = now.limiter().acquire(request.exchange().subscriber());
    request.limit(limit);
    if (!limit.allowed()) {
      return refuse(request, Refusal.rateLimited(limit.retryAfterSeconds()));
    }
    // Behind the limit: whoever has one key could otherwise try others as fast as they like.
    if (request.holdsStrayKey()) {
      return refuseGuess(request, Refusal.KEY_MISPLACED);
    }
    if (MaxForwards.of(request.head()) == 0) {
      Answers.asLastRecipient(request);
      return "";
    }
    limitBody(request);
    Forwarder.Outcome outcome = forwarder.forward(request);
    // No switch: the JVM makes one of patterns anew in each process, at the first request's cost.
    if (outcome instanceof Forwarder.Outcome.Refused(Refusal refusal)) {
      return refuse(request, refusal);
    }
    return outcome instanceof Forwarder.Outcome.Aborted(String why) ? why : "";
  }

  /** Whoever tries keys is refused otherwise when they do it too often. */
  private String refuseGuess(GatewayRequest request, Refusal usual) throws PeerLeftException {
    Decision guess = request.settings().wrongKeys().acquire(request.exchange().subscriber());
    if (guess.allowed()) {
      return refuse(request, usual);
    }
    Refusal refusal = Refusal.tooManyWrongKeys(guess.retryAfterSeconds());
    recorder.refused(request, "wrong_keys", refusal.message());
    request.exchange().response().closeAfter();
    return refuse(request, refusal);
  }

  private static String refuse(GatewayRequest request, Refusal refusal) throws PeerLeftException {
    Answers.refuse(request, refusal);
    return "";
  }

  private static void limitBody(GatewayRequest request) throws ProtocolException {
    var limits = request.settings().config().limits();
    RequestBody body = request.exchange().body();
    body.limit(request.route() == Route.BLOB ? limits.blobBytes() : limits.bodyBytes());
  }

  /** The client's body broke a rule: an answer in the route's shape, and the connection's end. */
  private void refuseBody(GatewayRequest request, ProtocolException broken) throws IOException {
    ResponseWriter response = request.exchange().response();
    if (response.sent()) {
      throw broken;
    }
    recorder.refused(request, broken.rule());
    response.withdraw();
    response.closeAfter();
    Answers.refuse(request, new Refusal(broken.rule().status(), broken.rule().text()));
  }
}
