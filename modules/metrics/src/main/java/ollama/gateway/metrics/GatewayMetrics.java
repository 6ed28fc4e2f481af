package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/**
 * All numbers of one gateway. Safe for any number of threads. Counting neither blocks nor does I/O,
 * and allocates next to nothing for labels that were seen before; {@link #scrape} does both.
 *
 * <p>Every label is bounded: methods to eight, endpoints and reasons to a hundred values (callers
 * pass route patterns, never paths), addresses to a thousand with ten thousand series, models to
 * two hundred; what comes on top is counted as {@code other}.
 */
public final class GatewayMetrics {
  private static final Pattern NAMESPACE = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)?");
  private static final int ENDPOINTS_MAX = 100;

  private final PrometheusRegistry registry = new PrometheusRegistry();

  private final Labels endpoints = new Labels(ENDPOINTS_MAX);
  private final RequestMetrics requests;
  private final ClientMetrics clients;
  private final LineMetrics line;
  private final ModelMetrics models;
  private final TraceMetrics traces;
  private final SharedMetrics shared;
  private final UpstreamMetrics upstreams;
  private final LongAdder inFlight = new LongAdder();
  private final ReasonCounter retries;
  private final ReasonCounter fallbacks;
  private final ReasonCounter rejected;
  private final ReasonCounter brokenAnswers;
  private final ReasonCounter leftOut;
  private final ReasonCounter timeouts;
  private final ReasonCounter pauses;
  private final ReasonCounter idleClosed;
  private final CounterDataPoint withheld;
  private final CounterDataPoint failures;
  private final CounterDataPoint accessLinesDropped;
  private final ReloadMetrics reloads;

  /**
   * Makes numbers that all begin at 0, with nothing live to read.
   *
   * @param namespace as below
   * @throws IllegalArgumentException as below
   */
  public GatewayMetrics(String namespace) {
    this(namespace, LiveState.NONE);
  }

  /**
   * Makes numbers that all begin at 0; the settings count as loaded successfully now.
   *
   * @param namespace goes before each name but {@code process_…} and {@code jvm_…}, with a {@code
   *     _} between; letters, digits and {@code _}, not beginning with a digit; empty for none
   * @param live is read at each scrape
   * @throws IllegalArgumentException if the namespace isn't as above
   */
  public GatewayMetrics(String namespace, LiveState live) {
    this(namespace, live, InstantSource.system(), Path.of("/proc/self"));
  }

  GatewayMetrics(String namespace, LiveState live, InstantSource clock, Path proc) {
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException("not a name for metrics: " + namespace);
    }
    String prefix = namespace.isEmpty() ? "" : namespace + "_";
    requests = new RequestMetrics(prefix, registry);
    clients = new ClientMetrics(prefix, registry);
    line = new LineMetrics(prefix, registry);
    models = new ModelMetrics(prefix, registry);
    traces = new TraceMetrics(prefix, registry);
    shared = new SharedMetrics(prefix, registry);
    upstreams = new UpstreamMetrics(prefix, registry);
    retries =
        new ReasonCounter(
            prefix + "retries_total", "reason", "Attempts on another server.", registry);
    fallbacks =
        new ReasonCounter(
            prefix + "model_fallbacks_total",
            "reason",
            "Times that the next model behind a name was asked.",
            registry);
    rejected =
        new ReasonCounter(
            prefix + "http_rejected_total",
            "reason",
            "Requests that broke a rule of HTTP or a limit.",
            registry);
    brokenAnswers =
        new ReasonCounter(
            prefix + "upstream_rejected_total",
            "reason",
            "Answers of servers that broke a rule of HTTP.",
            registry);
    leftOut =
        new ReasonCounter(
            prefix + "lists_incomplete_total",
            "reason",
            "Times that a server was left out of a list of all servers' models.",
            registry);
    timeouts =
        new ReasonCounter(
            prefix + "timeouts_total",
            "timeout",
            "Requests that ended or went on because somebody took too long.",
            registry);
    pauses =
        new ReasonCounter(
            prefix + "accept_pauses_total",
            "reason",
            "Times that accepting connections paused.",
            registry);
    idleClosed =
        new ReasonCounter(
            prefix + "idle_connections_closed_total",
            "reason",
            "Client connections, idle or with a head that didn't get on, closed for new ones.",
            registry);
    leftOut.show("failed");
    leftOut.show("late");
    idleClosed.show("connections");
    idleClosed.show("descriptors");
    pauses.show("connections");
    pauses.show("descriptors");
    pauses.show("failure");
    withheld =
        Counter.builder()
            .name(prefix + "retries_withheld_total")
            .help("Failures that clients got because too much had been tried again.")
            .withoutExemplars()
            .register(registry);
    failures =
        Counter.builder()
            .name(prefix + "internal_failures_total")
            .help("Requests that failed by a mistake of the gateway.")
            .withoutExemplars()
            .register(registry);
    accessLinesDropped =
        Counter.builder()
            .name(prefix + "access_log_lines_dropped_total")
            .help("Requests that aren't in the access log, since it couldn't be written in time.")
            .withoutExemplars()
            .register(registry);
    reloads = new ReloadMetrics(prefix, clock, registry);
    new LiveMetrics(prefix, live, registry)
        .gauge("requests_in_flight", "Requests that haven't ended.", inFlight::sum);
    ProcessMetrics _ = new ProcessMetrics(proc, registry);
  }

  /**
   * The numbers of a method and endpoint. Better kept than looked up for each request, though that
   * costs only three look-ups in hash tables.
   *
   * @param method as it stands in the request; one of GET, HEAD, POST, PUT, DELETE, OPTIONS and
   *     PATCH, any other is counted as {@code OTHER}
   * @param endpoint the pattern of a route
   * @return always the same numbers for the same arguments
   */
  public RequestSeries series(String method, String endpoint) {
    return requests.series(Labels.method(method), endpoints.of(endpoint));
  }

  /**
   * The numbers of a model at an endpoint.
   *
   * @param model its name; one that is there, since clients can make up any number of others
   * @param endpoint the pattern of a route
   * @return always the same numbers for the same arguments
   */
  public ModelSeries model(String model, String endpoint) {
    return models.series(model, endpoints.of(endpoint));
  }

  /**
   * Counts a request that has ended at its client.
   *
   * @param client the address of the client as it is written everywhere
   * @param endpoint the pattern of a route
   * @param status the status code of the answer; one outside 100 to 999 is counted as {@code other}
   */
  public void recordClient(String client, String endpoint, int status) {
    clients.record(client, endpoints.of(endpoint), status);
  }

  /** A request has begun; {@link #requestEnded} must follow, whatever happens. */
  public void requestStarted() {
    inFlight.increment();
  }

  /** A request has ended. */
  public void requestEnded() {
    inFlight.decrement();
  }

  /**
   * A request that stood in the line has ended.
   *
   * @param nanos how long it stood there
   */
  public void waited(long nanos) {
    line.waited(nanos);
  }

  /** A client that waits got a sign of life. */
  public void heartbeat() {
    line.heartbeat();
  }

  /** It couldn't be read which model a request is for. */
  public void withoutModel() {
    line.withoutModel();
  }

  /**
   * A request is tried on another server.
   *
   * @param reason why the first attempt failed; a constant
   */
  public void retry(String reason) {
    retries.count(reason);
  }

  /**
   * The next model behind a name is asked.
   *
   * @param reason why not the one before; a constant
   */
  public void fallback(String reason) {
    fallbacks.count(reason);
  }

  /** A request wasn't tried on another server, because too many were. */
  public void retryWithheld() {
    withheld.inc();
  }

  /**
   * A request was refused because of its form or size.
   *
   * @param reason the name of the rule that it broke; a constant
   */
  public void rejected(String reason) {
    rejected.count(reason);
  }

  /**
   * A server's answer was refused because of its form.
   *
   * @param reason the name of the rule that it broke; a constant
   */
  public void brokenAnswer(String reason) {
    brokenAnswers.count(reason);
  }

  /**
   * A server was left out of a list that has the models of all.
   *
   * @param reason what it did; a constant
   */
  public void leftOut(String reason) {
    leftOut.count(reason);
  }

  /**
   * A peer took too long.
   *
   * @param timeout the setting's name; a constant
   */
  public void timedOut(String timeout) {
    timeouts.count(timeout);
  }

  /**
   * A client's idle connection was closed, so that another could be accepted.
   *
   * @param reason what there was too little of; a constant
   */
  public void idleClosed(String reason) {
    idleClosed.count(reason);
  }

  /**
   * Accepting connections paused.
   *
   * @param reason what there was too little of; a constant
   */
  public void acceptPaused(String reason) {
    pauses.count(reason);
  }

  /**
   * Requests aren't in the access log, since it couldn't be written, or not as fast as they came.
   *
   * @param count how many
   */
  public void accessLinesDropped(long count) {
    accessLinesDropped.inc(count);
  }

  /** What is counted of each server. */
  public UpstreamMetrics upstreams() {
    return upstreams;
  }

  /** How it goes with what gateways have in common. */
  public SharedMetrics shared() {
    return shared;
  }

  /** What becomes of the traces of requests. */
  public TraceMetrics traces() {
    return traces;
  }

  /** A request failed in a way that nobody thought of. */
  public void failed() {
    failures.inc();
  }

  /**
   * The settings were read again.
   *
   * @param success whether they are in use now
   */
  public void configReloaded(boolean success) {
    reloads.reloaded(success);
  }

  /** What was counted since the start; not on the way of a request. */
  public Totals totals() {
    long failed = requests.sum(RequestSeries::failed);
    return new Totals(
        requests.sum(RequestSeries::succeeded) + failed,
        failed,
        inFlight.sum(),
        models.sum(ModelSeries::input),
        models.sum(ModelSeries::cached),
        models.sum(ModelSeries::output));
  }

  /** Writes all numbers. Reads files and allocates much: not on an event loop. */
  public byte[] scrape(ScrapeFormat format) {
    return Exposition.write(registry.scrape(), format);
  }
}
