package ollama.gateway.proxy;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.Handler;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;

/** A request's way through the gateway: {@link #handle} shows all its phases in their order. */
public final class Gateway implements Handler {

  /** Counted and logged for a client that left before its answer was complete. */
  static final int CLIENT_LEFT = 499;

  private static final int SERVER_BROKE_OFF = 502;

  private static final Plan LAST_RECIPIENT =
      new OwnPlan(OwnEndpoint.Methods.ANY, Answers::asLastRecipient);

  private static final Plan PREFLIGHT = new OwnPlan(OwnEndpoint.Methods.ANY, Cors::answer);

  private static final Plan TO_TLS = new OwnPlan(OwnEndpoint.Methods.ANY, TlsRedirect::answer);

  private final Supplier<Settings> settings;
  private final OwnPlans own;
  private final Plan one;
  private final Plan write;
  private final Plan merge;
  private final Recorder recorder;
  private final HttpChallenges challenges;

  /**
   * A gateway.
   *
   * @param settings asked once for each request
   * @param client connects to the servers
   * @param console what administrators work with
   * @param metrics counts
   * @param offLoop runs what would block
   * @param log is told each finished request
   * @param challenges are answered to whoever asks
   */
  public Gateway(
      Supplier<Settings> settings,
      UpstreamClient client,
      Console console,
      GatewayMetrics metrics,
      OffLoop offLoop,
      RequestLog log,
      HttpChallenges challenges) {
    this.settings = settings;
    this.challenges = challenges;
    this.recorder = new Recorder(metrics, log, console);
    OnePlan toOne = new OnePlan(client, metrics, recorder, offLoop);
    this.one = toOne;
    this.write = new WritePlan(toOne);
    this.merge =
        new MergePlan(
            new ServerGet(client, server -> settings.get().tls().of(server)), recorder, one);
    this.own = new OwnPlans(console, settings, metrics, offLoop, recorder);
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    Call call = new Call(exchange, settings.get());
    long beganNanos = recorder.began();
    int status = 500;
    String note = "";
    try {
      Plan plan = plan(call);
      if (!(plan instanceof OwnPlan || plan instanceof RefusePlan)) {
        call.inFlight().began(beganNanos);
        exchange.show(call);
      }
      Ending ending = plan.run(call);
      status = call.heartbeat().status(exchange.response().status());
      if (ending instanceof Ending.Cut cut) {
        status = SERVER_BROKE_OFF;
        note = cut.why();
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
      refuseBody(call, e);
    } finally {
      exchange.show(null);
      recorder.ended(call, status, beganNanos, note);
    }
  }

  private Plan plan(Call call) throws IOException {
    Optional<Plan> challenge = challenges.plan(call.head());
    if (challenge.isPresent()) {
      // An authority asks from where it likes, and tells nobody from where.
      return challenge.get();
    }
    Optional<Refusal> refusal = Gate.checkAll(call);
    if (refusal.isPresent()) {
      return new RefusePlan(refusal.get(), recorder);
    }
    if (call.isPreflight()) {
      return PREFLIGHT;
    }
    if (call.isRedirected()) {
      return TO_TLS;
    }
    if (call.own().isPresent()) {
      return own.of(call.own().get());
    }
    if (MaxForwards.of(call.head()) == 0) {
      return LAST_RECIPIENT;
    }
    if (WritePlan.suits(call)) {
      return write;
    }
    return MergePlan.suits(call) ? merge : one;
  }

  /** The client's body broke a rule: an answer in the route's shape, and the connection's end. */
  private void refuseBody(Call call, ProtocolException broken) throws IOException {
    ResponseWriter response = call.exchange().response();
    if (response.sent()) {
      throw broken;
    }
    response.withdraw();
    Ending _ = new RefusePlan(Refusal.of(broken.rule()), recorder).run(call);
  }
}
