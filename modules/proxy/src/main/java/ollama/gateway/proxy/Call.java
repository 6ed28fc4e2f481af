package ollama.gateway.proxy;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.dispatch.Estimate;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.ollama.Route;
import org.jspecify.annotations.Nullable;

/** One request with the settings it started with, and what the phases found out about it. */
final class Call {

  private final Exchange exchange;
  private final Settings settings;
  private RequestTarget target;
  private final Route route;
  private final Optional<OwnEndpoint> own;
  private final boolean preflight;
  private final boolean redirected;
  private final boolean ofPage;
  private final @Nullable Trace trace;
  private final long id = ThreadLocalRandom.current().nextLong();
  private final @Nullable RequestId givenId;
  private final Reserved reserved;
  private final InFlight inFlight = new InFlight();
  private Identity identity;
  private @Nullable UpstreamTarget server;
  private int attempts;
  private long waitedNanos;
  private List<Estimate> why = List.of();
  private String servedModel = "";
  private boolean streamed;
  private Heartbeat heartbeat = Heartbeat.NONE;
  private Meter meter = Meter.NONE;
  private boolean settled;
  private boolean asksUsage;
  private boolean byLogin;
  private String reason = "";

  Call(Exchange exchange, Settings settings) {
    this.exchange = exchange;
    this.settings = settings;
    this.reserved = new Reserved(settings);
    RequestTarget asked =
        RequestTarget.of(exchange.request().target(), settings.config().security().keyInPath());
    ofPage = StatusPage.isForServers(asked.path()) && StatusPage.isOn(settings);
    target = ofPage ? asked.withPath(StatusPage.pathForServers(asked.path())) : asked;
    // As Go reads a path; what is no character of its own is one all the same.
    route = Route.of(Percent.decode(target.path()));
    String metricsPath = settings.config().metrics().endpoint();
    own =
        ofPage
            ? Optional.empty()
            : OwnEndpoint.of(exchange.request().method(), target.path(), metricsPath);
    identity = Identity.of(exchange, settings);
    givenId = RequestId.given(exchange.request().fields());
    preflight = Cors.isPreflight(this);
    redirected = TlsRedirect.isDue(this);
    boolean isAnsweredHere = own.isPresent() || preflight || redirected;
    trace =
        settings.config().tracing().isOn() && !isAnsweredHere
            ? new Trace(exchange.request().fields())
            : null;
  }

  Exchange exchange() {
    return exchange;
  }

  Settings settings() {
    return settings;
  }

  RequestHead head() {
    return exchange.request();
  }

  /** Which host the client asked for, and maybe which port; empty where HTTP/1.0 names none. */
  Optional<String> host() {
    return identity
        .forwarded()
        .flatMap(Forwarded::host)
        .or(() -> head().fields().first(KnownField.HOST));
  }

  /** Who asks, as far as that is known by now. */
  Identity identity() {
    return identity;
  }

  /** What it is at a server, should it go to one. */
  Route route() {
    return route;
  }

  /** What the gateway answers itself; empty for what a server does. */
  Optional<OwnEndpoint> own() {
    return own;
  }

  /** Whether a browser asks what a page of another site may do, for which it has no key. */
  boolean isPreflight() {
    return preflight;
  }

  /** Whether its client is to ask again where TLS is spoken. */
  boolean isRedirected() {
    return redirected;
  }

  /** Whether a browser is to be told what it must not do with the answer. */
  boolean isForBrowser() {
    return byLogin || own.filter(OwnEndpoint::isForBrowser).isPresent();
  }

  /** Whether a login at the status page is worth anything here. */
  private boolean takesLogin() {
    return ofPage || own.filter(OwnEndpoint::takesLogin).isPresent();
  }

  /** What has to be known of who asks. */
  Access access() {
    if (preflight || redirected) {
      return Access.PUBLIC;
    }
    if (own.isEmpty()) {
      return Access.LIMITED;
    }
    if (isScrape() && settings.config().metrics().requireKey()) {
      return Access.KEY;
    }
    // With a key in the path, the key is what somebody wants to have checked.
    boolean tellsKey = own.get() == OwnEndpoint.ROOT && carriesKeyInPath();
    return tellsKey ? Access.KEY : own.get().access(head().method());
  }

  /** The name under which it is counted: never a client's text. */
  String label() {
    if (isScrape()) {
      return settings.config().metrics().endpoint();
    }
    return own.isPresent() ? own.get().label() : route.label();
  }

  /** Whether it is for the metrics, whose label isn't a constant. */
  boolean isScrape() {
    return own.isPresent() && own.get() == OwnEndpoint.METRICS;
  }

  /**
   * Whether it is below {@code /gateway/} or {@code /config/}, however that is written and whether
   * there is such an endpoint or not.
   */
  boolean isAdministration() {
    if (own.isPresent()) {
      return own.get() != OwnEndpoint.ROOT && own.get() != OwnEndpoint.METRICS;
    }
    return ofPage
        || (route == Route.OTHER && OwnEndpoint.isAmongThem(Percent.decode(target.path())));
  }

  /** What is asked for, without the key that the path may have carried. */
  RequestTarget target() {
    return target;
  }

  /** What was in the target for the gateway alone has been read, and no server is to see it. */
  void target(RequestTarget forServers) {
    target = forServers;
  }

  /**
   * The path for the log: without what may be a key, and no longer than {@code
   * limits.loggedPathBytes}.
   */
  String loggedPath() {
    int bytesMax = settings.config().limits().loggedPathBytes();
    String path = target.path();
    boolean fixed = hasFixedPath();
    if ((fixed && path.length() <= bytesMax) || !path.startsWith("/")) {
      return path;
    }
    boolean known =
        fixed
            || route == Route.BLOB
            || route == Route.V1_MODEL
            || own.filter(OwnEndpoint::isOfName).isPresent();
    return new StrayKeys(settings.keys()).masked(path, known, bytesMax);
  }

  /**
   * Whether a key stands where none belongs, or the path begins with what looks like its place:
   * written in a way that isn't understood here, twice, or where keys in paths are switched off. No
   * server is to learn it. Computes digests, but not for a usual request, in which there is no room
   * for a key.
   */
  boolean holdsStrayKey() {
    boolean noRoom = hasFixedPath() && target.target().length() == target.path().length();
    return !noRoom
        && (StrayKeys.atPlace(target.path()) || new StrayKeys(settings.keys()).in(target.target()));
  }

  /** Whether it has one path alone, so that no part of that is the client's text. */
  private boolean hasFixedPath() {
    return own.isPresent() ? own.get().isFixed() : route.isFixed();
  }

  /** The id that the gateway made, which is written with 16 hexadecimal digits. */
  long id() {
    return id;
  }

  /** The client's own id; null where the gateway's counts. */
  @Nullable RequestId givenId() {
    return givenId;
  }

  /** Follows the request, as its client is told. */
  String idText() {
    RequestId given = givenId;
    return given == null ? HexFormat.of().toHexDigits(id) : given.text();
  }

  /** The same for logs: never a key. */
  String loggedId() {
    RequestId given = givenId;
    return given == null || given.holdsKey(this) ? HexFormat.of().toHexDigits(id) : given.text();
  }

  boolean carriesKeyInPath() {
    return !target.keyPlace().isEmpty();
  }

  /** Looks up whose key it came with. Returns whether it is anybody's. */
  boolean authenticate() {
    Optional<Principal> login = takesLogin() ? Login.principal(this, settings) : Optional.empty();
    byLogin = login.isPresent();
    // Else a certificate that a browser shows, or a password for a proxy, would come first.
    identity = identity.with(byLogin ? login : PresentedKey.find(this));
    return identity.principal().isPresent();
  }

  /** Whether it came with a login at the status page. */
  boolean isByLogin() {
    return byLogin;
  }

  /** Whether it came with a key that may administer the gateway. */
  boolean mayAdminister() {
    return identity.principal().filter(settings.keys()::mayAdminister).isPresent();
  }

  /**
   * What it had reserved is settled, once: before its client has the last byte of an answer, since
   * the next request may come right behind that, else when it is over.
   *
   * @param left whether its client was gone before that
   */
  void settle(boolean left) {
    if (settled) {
      return;
    }
    settled = true;
    if (identity.principal().isPresent()) {
      meter.settle(this, identity.principal().get().id(), left);
    }
    reserved.settle(meter.tokens());
  }

  /** What it has reserved of limits. */
  Reserved reserved() {
    return reserved;
  }

  /** How far it is. */
  InFlight inFlight() {
    return inFlight;
  }

  /** The server that answered or was tried last, for the log; empty before. */
  String server() {
    UpstreamTarget last = server;
    return last == null ? "" : last.text();
  }

  /** What the settings call that server; empty without one. */
  String serverName() {
    UpstreamTarget last = server;
    return last == null ? "" : last.name();
  }

  /** The base path of that server; empty without one. */
  String basePath() {
    UpstreamTarget last = server;
    return last == null ? "" : last.basePath();
  }

  void attempt(UpstreamTarget next) {
    server = next;
    attempts++;
  }

  /** What is told next is of that one, which was asked already. */
  void speaksOf(UpstreamTarget asked) {
    server = asked;
  }

  /** What was expected of each server when this one was chosen; empty where none was. */
  List<Estimate> why() {
    return why;
  }

  void why(List<Estimate> estimates) {
    why = estimates;
  }

  /** The model that is asked, where the client named another; else empty. */
  String servedModel() {
    return servedModel;
  }

  void servedModel(String name) {
    servedModel = name;
  }

  /** Whether a model's answer comes token by token, as the request says. */
  boolean isStreamed() {
    return streamed;
  }

  void streamed(boolean says) {
    streamed = says;
  }

  /** What its client gets while it waits. */
  Heartbeat heartbeat() {
    return heartbeat;
  }

  void heartbeat(Heartbeat beats) {
    heartbeat = beats;
  }

  /** The trace that it belongs to; null while nothing is traced, and of what is answered here. */
  @Nullable Trace trace() {
    return trace;
  }

  /** Counts what it costs. */
  Meter meter() {
    return meter;
  }

  void meter(Meter counts) {
    meter = counts;
  }

  /** Whether the gateway has asked for a stream's usage, which its client gets nothing of. */
  boolean asksUsage() {
    return asksUsage;
  }

  void asksUsage(boolean asks) {
    asksUsage = asks;
  }

  /** What its client was told in words, where that was an error; else empty. */
  String reason() {
    return reason;
  }

  void reason(String words) {
    reason = words;
  }

  int attempts() {
    return attempts;
  }

  /** It stood in the line until now, for the first time or again. */
  void waited(long sinceNanos) {
    long now = System.nanoTime();
    waitedNanos += now - sinceNanos;
    if (trace != null) {
      trace.waited(sinceNanos, now);
    }
  }

  /** How long it stood in the line; 0 if it never did. */
  long waitedNanos() {
    return waitedNanos;
  }
}
