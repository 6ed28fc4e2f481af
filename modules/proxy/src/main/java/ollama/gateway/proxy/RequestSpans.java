package ollama.gateway.proxy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.client.UpstreamOrigin;
import ollama.gateway.metrics.ModelWork;
import ollama.gateway.ollama.Route;
import ollama.gateway.tracing.Attributes;
import ollama.gateway.tracing.Span;
import ollama.gateway.tracing.TraceContext;
import ollama.gateway.usage.UsageRow;

/**
 * The spans of a request that has ended, named by OpenTelemetry's conventions: the request's, below
 * it the times in the line and the servers that were asked, and below the one that answered what
 * that says of its work.
 */
final class RequestSpans {

  private static final int ERROR_OF_SERVER = 500;
  private static final int ERROR = 400;
  private static final String ERROR_TYPE = "error.type";

  private final Call call;
  private final Trace trace;
  private final long beganNanos;
  private final long endedNanos = System.nanoTime();

  /** What {@link System#nanoTime} is short of the time since 1970. */
  private final long offsetNanos;

  private final List<Span> spans = new ArrayList<>();

  private RequestSpans(Call call, Trace trace, long beganNanos) {
    this.call = call;
    this.trace = trace;
    this.beganNanos = beganNanos;
    Instant now = Instant.now();
    offsetNanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - endedNanos;
  }

  /**
   * Those of a request.
   *
   * @param status as it is counted
   * @param beganNanos when its head was here
   * @param note what went wrong in the end; empty if nothing did
   */
  static List<Span> of(Call call, Trace trace, int status, long beganNanos, String note) {
    RequestSpans made = new RequestSpans(call, trace, beganNanos);
    made.request(status, note);
    for (Trace.Wait wait : trace.waits()) {
      made.add("line", wait.beganNanos(), wait.endedNanos());
    }
    for (Trace.Asked asked : trace.asked()) {
      made.asked(asked);
    }
    return made.spans;
  }

  private void request(int status, String note) {
    TraceContext context = trace.context(call);
    Span.Parent parent =
        trace.parent().map(p -> new Span.Parent(p.spanId(), true)).orElse(Span.Parent.NONE);
    Attributes attributes = new Attributes();
    http(attributes, status);
    attributes
        .put("gateway.request.id", call.loggedId())
        .put("gateway.key.name", call.identity().keyName());
    if (call.attempts() > 1) {
      attributes.put("gateway.attempts", call.attempts());
    }
    boolean isModelRun = call.route().kind() == Route.Kind.INFERENCE;
    if (isModelRun) {
      model(attributes);
    }
    Optional<String> error = Optional.empty();
    if (status >= ERROR_OF_SERVER) {
      error = Optional.of(note);
      attributes.put(ERROR_TYPE, Integer.toString(status));
    } else if (status == Gateway.CLIENT_LEFT) {
      attributes.put(ERROR_TYPE, "client_left");
    }
    String name = isModelRun ? modelName() : httpName();
    Span.Interval interval = interval(beganNanos, endedNanos);
    spans.add(new Span(context, parent, Span.Kind.SERVER, name, interval, attributes, error));
  }

  private void http(Attributes attributes, int status) {
    attributes
        .put("http.request.method", method().orElse("_OTHER"))
        .put("http.route", route())
        .put("url.path", call.loggedPath())
        .put("url.scheme", scheme())
        .put("network.protocol.version", "1." + call.head().minorVersion())
        .put("http.response.status_code", status)
        .put("client.address", call.identity().text());
    if (!trace.asked().isEmpty()) {
      server(attributes, trace.asked().getLast().target());
    }
  }

  private String scheme() {
    return call.identity()
        .forwarded()
        .map(Forwarded::scheme)
        .orElse(call.exchange().isSecured() ? "https" : "http");
  }

  private Optional<String> method() {
    return Optional.of(call.head().method()).filter(Recorder.KNOWN_METHODS::contains);
  }

  /** Empty for a path that is none. */
  private String route() {
    String label = call.label();
    return label.startsWith("/") ? label : "";
  }

  private String httpName() {
    String name = method().orElse("HTTP");
    return route().isEmpty() ? name : name + " " + route();
  }

  private String modelName() {
    String model = call.meter().askedModel();
    return model.isEmpty() ? operation() : operation() + " " + model;
  }

  /** As the conventions for generative AI call it. */
  private String operation() {
    return switch (call.route()) {
      case GENERATE, V1_COMPLETIONS -> "text_completion";
      case EMBED, EMBEDDINGS, V1_EMBEDDINGS -> "embeddings";
      case V1_TRANSCRIPTIONS -> "generate_content";
      default -> "chat";
    };
  }

  private void model(Attributes attributes) {
    Meter meter = call.meter();
    ModelWork work = meter.work(beganNanos);
    attributes
        .put("gen_ai.operation.name", operation())
        .put("gen_ai.provider.name", "ollama")
        .put("gen_ai.request.model", meter.askedModel())
        .put("gen_ai.request.stream", call.isStreamed());
    String served = meter.countedModel();
    if (!served.isEmpty()) {
      attributes
          .put("gen_ai.response.model", served.equals(UsageRow.OTHER) ? "" : served)
          .put("gen_ai.usage.input_tokens", work.tokens().input())
          .put("gen_ai.usage.output_tokens", work.tokens().output());
      if (work.tokens().cached() > 0) {
        attributes.put("gen_ai.usage.cache_read.input_tokens", work.tokens().cached());
      }
      if (work.tokens().estimated()) {
        attributes.put("gateway.usage.estimated", true);
      }
    }
    if (work.times().firstToken() != ModelWork.UNKNOWN) {
      attributes.put("gen_ai.response.time_to_first_chunk", work.times().firstToken() / 1e9);
    }
  }

  private static void server(Attributes attributes, UpstreamTarget target) {
    UpstreamOrigin origin = target.origin();
    attributes.put("server.address", origin.host()).put("server.port", origin.port());
  }

  private void asked(Trace.Asked asked) {
    Attributes attributes = new Attributes();
    attributes.put("http.request.method", method().orElse("_OTHER"));
    server(attributes, asked.target());
    Optional<String> error = Optional.empty();
    Failure failure = asked.failure();
    if (asked.status() > 0) {
      attributes.put("http.response.status_code", asked.status());
    }
    if (failure != null) {
      error = Optional.of(asked.why());
      attributes.put(ERROR_TYPE, failure.name().toLowerCase(Locale.ROOT));
    } else if (asked.status() >= ERROR) {
      error = Optional.of("");
      attributes.put(ERROR_TYPE, Integer.toString(asked.status()));
    }
    long ended = asked.endedNanos() == 0 ? endedNanos : asked.endedNanos();
    Span.Parent parent = new Span.Parent(trace.context(call).spanId(), false);
    Span.Interval interval = interval(asked.beganNanos(), ended);
    spans.add(
        new Span(asked.context(), parent, Span.Kind.CLIENT, "server", interval, attributes, error));
    if (asked.status() > 0 && error.isEmpty()) {
      phases(asked);
    }
  }

  /** A server tells how long each took, and they come one after the other up to the end. */
  private void phases(Trace.Asked asked) {
    ModelWork.Times times = call.meter().work(beganNanos).times();
    long generation = before(asked.endedNanos(), times.generation(), asked);
    long prefill = before(generation, times.prompt(), asked);
    long load = before(prefill, times.load(), asked);
    long parent = asked.context().spanId();
    if (load < prefill) {
      add("load", parent, load, prefill);
    }
    if (prefill < generation) {
      add("prefill", parent, prefill, generation);
    }
    if (generation < asked.endedNanos()) {
      add("generation", parent, generation, asked.endedNanos());
    }
  }

  /** What took so long up to an end began then, but not before its server was asked. */
  private static long before(long end, long nanos, Trace.Asked asked) {
    long room = end - asked.beganNanos();
    return end - Math.clamp(nanos, 0, Math.max(0, room));
  }

  private void add(String name, long began, long ended) {
    add(name, trace.context(call).spanId(), began, ended);
  }

  private void add(String name, long parent, long began, long ended) {
    spans.add(
        new Span(
            trace.context(call).withSpan(TraceContext.newId()),
            new Span.Parent(parent, false),
            Span.Kind.INTERNAL,
            name,
            interval(began, ended),
            new Attributes(),
            Optional.empty()));
  }

  private Span.Interval interval(long began, long ended) {
    return new Span.Interval(began + offsetNanos, ended + offsetNanos);
  }
}
