package ollama.gateway.proxy;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.RequestSeries;

/** Counts and logs each request once it has ended. */
final class Recorder {

  private static final Set<String> KNOWN_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

  private final GatewayMetrics metrics;
  private final RequestLog log;
  // A route's numbers are looked up once per method, not per request.
  private final Map<Route, ConcurrentHashMap<String, RequestSeries>> series =
      new EnumMap<>(Route.class);

  Recorder(GatewayMetrics metrics, RequestLog log) {
    this.metrics = metrics;
    this.log = log;
    for (Route route : Route.values()) {
      series.put(route, new ConcurrentHashMap<>());
    }
  }

  /** A request has begun; returns the time. */
  long began() {
    metrics.requestStarted();
    return System.nanoTime();
  }

  /** A request's body broke a rule; those of heads are told by the server. */
  void refused(GatewayRequest request, Rule rule) {
    refused(request, rule.reason(), rule.text());
  }

  /** A server's answer broke a rule. */
  void brokenAnswer(Rule rule) {
    metrics.brokenAnswer(rule.reason());
  }

  /** Something was waited for in vain. */
  void timedOut(Timeout timeout) {
    metrics.timedOut(timeout.label());
  }

  /** A limit kept a request from being answered. */
  void refused(GatewayRequest request, String reason, String why) {
    metrics.rejected(reason);
    log.refused(request.client(), reason, why);
  }

  /** A server failed a request, which may yet be answered by another. */
  void serverFailed(GatewayRequest request, Failure failure, String why) {
    log.serverFailed(
        failure.logged(), request.server(), request.route().label(), request.idText(), why);
  }

  /** The gateway itself couldn't do what a request asked for. */
  void notDone(GatewayRequest request, String what, String why) {
    log.notDone(what, request.idText(), why);
  }

  void ended(GatewayRequest request, int status, long beganNanos, String note) {
    long nanos = System.nanoTime() - beganNanos;
    metrics.requestEnded();
    String label = label(request);
    series(request.route(), request.head().method(), label).record(status, nanos);
    metrics.recordClient(request.exchange().clientText(), label, status);
    if (log.enabled() && (request.attempts() > 0 || log.admits(status + " " + label))) {
      log.finished(entry(request, status, nanos, note));
    }
  }

  private static String label(GatewayRequest request) {
    return request.route() == Route.METRICS
        ? request.settings().config().metrics().endpoint()
        : request.route().label();
  }

  private RequestSeries series(Route route, String method, String label) {
    ConcurrentHashMap<String, RequestSeries> byMethod = series.get(route);
    if (byMethod == null) {
      return metrics.series(method, label);
    }
    RequestSeries known = byMethod.get(method);
    if (known != null) {
      return known;
    }
    RequestSeries found = metrics.series(method, label);
    // Only these: a client can make up any number of others, and a reload may move the metrics.
    if (KNOWN_METHODS.contains(method) && route != Route.METRICS) {
      byMethod.put(method, found);
    }
    return found;
  }

  private static RequestLog.Entry entry(
      GatewayRequest request, int status, long nanos, String note) {
    return new RequestLog.Entry(
        request.idText(),
        request.exchange().clientText(),
        request.principal().map(Principal::name).orElse(""),
        request.head().method(),
        request.loggedPath(),
        status,
        request.server(),
        request.attempts(),
        request.exchange().response().bodyBytes(),
        nanos,
        note);
  }
}
