package ollama.gateway.proxy;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ollama.gateway.console.FinishedRequest;
import ollama.gateway.console.RecentFailures;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.ModelWork;
import ollama.gateway.metrics.RequestSeries;

/** Counts and logs each request once it has ended, and settles what it had reserved. */
final class Recorder {

  static final Set<String> KNOWN_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

  private static final int SAID_MAX = 256;

  private final GatewayMetrics metrics;
  private final RequestLog log;
  private final Console console;
  // Those of a label are looked up once per method, not per request. Of the metrics' own there may
  // be any number of labels, as a reload may move them.
  private final ConcurrentHashMap<String, ConcurrentHashMap<String, RequestSeries>> series =
      new ConcurrentHashMap<>();

  Recorder(GatewayMetrics metrics, RequestLog log, Console console) {
    this.metrics = metrics;
    this.log = log;
    this.console = console;
  }

  /** A request has begun; returns the time. */
  long began() {
    metrics.requestStarted();
    return System.nanoTime();
  }

  /** A server's answer broke a rule. */
  void brokenAnswer(Rule rule) {
    metrics.brokenAnswer(rule.reason());
  }

  /** A list goes to a client without a server's models. */
  void leftOut(Call call, Failure failure, String why) {
    metrics.leftOut(failure == Failure.SILENT ? "late" : "failed");
    serverFailed(call, failure, "it is left out of a list: " + why);
  }

  /** Something was waited for in vain. */
  void timedOut(Timeout timeout) {
    metrics.timedOut(timeout.label());
  }

  /** It can't be told which model a request is for. */
  void withoutModel() {
    metrics.withoutModel();
  }

  /** A client that waits got a sign of life. */
  void heartbeat() {
    metrics.heartbeat();
  }

  /** A request was refused: counted when that was for a limit. */
  void refused(Call call, Refusal refusal) {
    if (refusal.limit().isPresent()) {
      refused(call, refusal.limit().get(), refusal.message());
    }
  }

  /** A limit kept a request from being answered. */
  void refused(Call call, String reason, String why) {
    metrics.rejected(reason);
    log.refused(call.identity().address(), reason, why);
  }

  /** A server failed a request, which may yet be answered by another. */
  void serverFailed(Call call, Failure failure, String why) {
    log.serverFailed(failure.logged(), call.server(), call.route().label(), call.loggedId(), why);
  }

  /** The gateway itself couldn't do what a request asked for. */
  void notDone(Call call, String what, String why) {
    log.notDone(what, call.loggedId(), why);
  }

  void ended(Call call, int endStatus, long beganNanos, String note) {
    // Nobody waits for the end of a page's events.
    boolean isEndless = call.own().filter(own -> own == OwnEndpoint.EVENTS).isPresent();
    int status = isEndless && endStatus == Gateway.CLIENT_LEFT ? 200 : endStatus;
    long nanos = System.nanoTime() - beganNanos;
    metrics.requestEnded();
    call.settle(status == Gateway.CLIENT_LEFT);
    if (call.waitedNanos() > 0) {
      metrics.waited(call.waitedNanos());
    }
    String label = call.label();
    if (isEndless) {
      series(call, label).recordEndless(status);
    } else {
      series(call, label).record(status, nanos, call.id());
    }
    String model = call.meter().countedModel();
    ModelWork work = call.meter().work(beganNanos);
    if (!model.isEmpty()) {
      metrics.model(model, label).record(work, call.id());
    }
    remember(call, status, nanos, work, note);
    metrics.recordClient(call.identity().text(), label, status);
    if (log.enabled() && (call.attempts() > 0 || log.admits(status + " " + label))) {
      RequestLog.Answer answer = answer(call, status, beganNanos, nanos, note);
      log.finished(entry(call, answer, work));
    }
    Trace trace = call.trace();
    if (trace != null && trace.context(call).sampled()) {
      boolean hasKey = call.identity().principal().isPresent();
      log.traced(RequestSpans.of(call, trace, status, beganNanos, note), hasKey);
    }
  }

  /** For the status page. */
  private void remember(Call call, int status, long nanos, ModelWork work, String note) {
    long firstToken = work.times().firstToken();
    if (firstToken != ModelWork.UNKNOWN) {
      console.hour().firstToken(firstToken);
    }
    String said = note.isEmpty() ? call.reason() : note;
    String told = said.isEmpty() ? failure(call, status) : said;
    // An id of the client's may be a key.
    String why = told.isEmpty() ? told : told.replace(call.idText(), call.loggedId());
    if (call.attempts() > 0) {
      FinishedRequest.Answer answer = new FinishedRequest.Answer(status, why);
      console.requests().add(finished(call, answer, nanos, work));
    }
    // Whoever has no key isn't one whose failures are looked into.
    if (!why.isEmpty() && status >= 400 && call.identity().principal().isPresent()) {
      console.failures().add(status, call.label(), failed(call, why));
    }
  }

  /** What a server failed by its own account; empty if it answered otherwise, or nothing. */
  private static String failure(Call call, int status) {
    int answered = call.heartbeat().status(call.exchange().response().status());
    return status >= 500 && status == answered && call.attempts() > 0
        ? Failure.byStatus(status)
        : "";
  }

  private static FinishedRequest finished(
      Call call, FinishedRequest.Answer answer, long nanos, ModelWork work) {
    String served = call.servedModel();
    long firstToken = work.times().firstToken();
    return new FinishedRequest(
        call.loggedId(),
        Instant.now(),
        new FinishedRequest.Asked(
            call.label(),
            served.isEmpty() ? call.meter().askedModel() : served,
            call.identity().keyName()),
        call.serverName(),
        answer,
        new FinishedRequest.Took(
            call.waitedNanos(),
            firstToken == ModelWork.UNKNOWN ? FinishedRequest.UNKNOWN : firstToken,
            nanos,
            work.tokens().input(),
            work.tokens().output()),
        call.why());
  }

  private static RecentFailures.Failed failed(Call call, String why) {
    return new RecentFailures.Failed(
        call.loggedId(), Instant.now(), call.identity().keyName(), call.serverName(), why);
  }

  private RequestSeries series(Call call, String label) {
    String method = call.head().method();
    // Only these: a client can make up any number of others.
    if (!KNOWN_METHODS.contains(method) || call.isScrape()) {
      return metrics.series(method, label);
    }
    var byMethod = series.get(label);
    RequestSeries known = byMethod == null ? null : byMethod.get(method);
    return known == null ? addSeries(method, label) : known;
  }

  private RequestSeries addSeries(String method, String label) {
    return series
        .computeIfAbsent(label, _ -> new ConcurrentHashMap<>())
        .computeIfAbsent(method, m -> metrics.series(m, label));
  }

  private static RequestLog.Answer answer(
      Call call, int status, long beganNanos, long nanos, String note) {
    ResponseWriter response = call.exchange().response();
    long firstByte =
        response.started() ? Math.max(0, response.startedNanos() - beganNanos) : ModelWork.UNKNOWN;
    return new RequestLog.Answer(status, response.bodyBytes(), firstByte, nanos, note);
  }

  private RequestLog.Entry entry(Call call, RequestLog.Answer answer, ModelWork work) {
    return new RequestLog.Entry(
        call.loggedId(),
        client(call),
        call.head().method(),
        call.loggedPath(),
        new RequestLog.Server(call.server(), call.attempts()),
        answer,
        work(call, work));
  }

  private RequestLog.Client client(Call call) {
    RequestHead head = call.head();
    boolean wantsAgent = log.wantsAgent();
    int agent = wantsAgent ? head.fields().indexOf("user-agent") : -1;
    Optional<String> referer =
        wantsAgent ? head.fields().first(KnownField.REFERER) : Optional.empty();
    return new RequestLog.Client(
        call.identity().text(),
        call.identity().keyName(),
        "HTTP/1." + head.minorVersion(),
        referer.map(Recorder::site).orElse(""),
        agent < 0 ? "" : cut(head.fields().value(agent)));
  }

  /** Scheme and host of an address. */
  private static String site(String address) {
    int host = address.indexOf("://");
    int end = host < 0 ? 0 : address.indexOf('/', host + 3);
    return cut(address.substring(0, end < 0 ? address.length() : end).replaceAll("[?#@].*", ""));
  }

  /** Entries wait for their writer: what a client says must not make them large. */
  private static String cut(String text) {
    return text.length() <= SAID_MAX ? text : text.substring(0, SAID_MAX);
  }

  private static RequestLog.Work work(Call call, ModelWork work) {
    Meter meter = call.meter();
    return new RequestLog.Work(
        call.label(),
        meter.askedModel(),
        meter.countedModel(),
        work.tokens(),
        call.waitedNanos(),
        work.times().firstToken());
  }
}
