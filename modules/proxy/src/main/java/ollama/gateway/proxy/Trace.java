package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.wire.ByteSink;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;
import ollama.gateway.tracing.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request belongs to, and what is noted for its spans: who was asked, and when it
 * stood in the line. For the request's own thread; {@link #write} only reads.
 */
final class Trace {

  /** More are asked by nobody but who writes to very many servers. */
  static final int ASKED_MAX = 64;

  private static final FieldName TRACEPARENT = FieldName.of("traceparent");
  private static final Fields.ValueReader<Optional<TraceContext>> READER = TraceContext::parse;
  private static final int PERCENT = 100;

  /** A time in the line, in {@link System#nanoTime}. */
  record Wait(long beganNanos, long endedNanos) {}

  /** A server that was asked, and what came of it. */
  static final class Asked {
    private final UpstreamTarget target;
    private final TraceContext context;
    private final long beganNanos = System.nanoTime();
    private long endedNanos;
    private int status;
    private @Nullable Failure failure;
    private String why = "";

    private Asked(UpstreamTarget target, TraceContext context) {
      this.target = target;
      this.context = context;
    }

    UpstreamTarget target() {
      return target;
    }

    /** The span of the gateway's request, below which the server puts its own. */
    TraceContext context() {
      return context;
    }

    long beganNanos() {
      return beganNanos;
    }

    /** When its last byte was here; 0 if it was given up before. */
    long endedNanos() {
      return endedNanos;
    }

    /** Of the answer that the client got of it; 0 if none. */
    int status() {
      return status;
    }

    /** In which way it failed; null if it didn't. */
    @Nullable Failure failure() {
      return failure;
    }

    /** The same for people; empty if it didn't. */
    String why() {
      return why;
    }
  }

  private final Optional<TraceContext> parent;
  private @Nullable TraceContext context;
  private final List<Wait> waits = new ArrayList<>(0);
  private final List<Asked> asked = new ArrayList<>(1);

  /** That of a request with these fields: one that its client says, or a new one. */
  Trace(Fields fields) {
    int line = fields.indexOf(KnownField.TRACEPARENT, 0);
    boolean isOne = line >= 0 && fields.indexOf(KnownField.TRACEPARENT, line + 1) < 0;
    parent = isOne ? fields.value(line, READER) : Optional.empty();
  }

  /** The span of the client's that the request's own is below; empty where the trace begins. */
  Optional<TraceContext> parent() {
    return parent;
  }

  /**
   * The request's own span. Whether it is recorded is decided the first time, by when its key is
   * known: what a client without one says of that doesn't count.
   */
  TraceContext context(Call call) {
    TraceContext known = context;
    if (known == null) {
      boolean hasKey = call.identity().principal().isPresent();
      boolean isTold = parent.isPresent() && hasKey;
      int percent = call.settings().config().tracing().samplePercent();
      boolean wanted =
          isTold ? parent.get().sampled() : ThreadLocalRandom.current().nextInt(PERCENT) < percent;
      boolean sampled = wanted && call.settings().traceRate().admits(System.nanoTime(), hasKey);
      known =
          parent.isPresent()
              ? parent.get().withSpan(TraceContext.newId()).withSampled(sampled)
              : TraceContext.root(sampled);
      context = known;
    }
    return known;
  }

  /** It stood in the line. */
  void waited(long beganNanos, long endedNanos) {
    if (waits.size() < ASKED_MAX) {
      waits.add(new Wait(beganNanos, endedNanos));
    }
  }

  List<Wait> waits() {
    return waits;
  }

  /** A server is about to be asked. Of a request that isn't recorded nothing is noted. */
  void asks(Call call, UpstreamTarget target) {
    TraceContext request = context(call);
    if (request.sampled() && asked.size() < ASKED_MAX) {
      asked.add(new Asked(target, request.withSpan(TraceContext.newId())));
    }
  }

  /**
   * A try on a server has ended.
   *
   * @param status of the answer that the client got, if it did
   */
  void ended(UpstreamTarget target, Outcome outcome, int status) {
    if (outcome instanceof Outcome.Failed failed) {
      failed(target, failed.failure(), failed.why());
    } else if (outcome instanceof Ending.Cut cut) {
      failed(target, cut.failure(), cut.why());
    } else {
      answered(target, status);
    }
  }

  /** A server has answered, with a status that the client gets too. */
  void answered(UpstreamTarget target, int status) {
    answered(target, status, System.nanoTime());
  }

  /** The same, at a time that is past. */
  void answered(UpstreamTarget target, int status, long nanos) {
    Asked last = last(target);
    if (last != null) {
      last.endedNanos = nanos;
      last.status = status;
    }
  }

  /** A server has failed. */
  void failed(UpstreamTarget target, Failure failure, String why) {
    Asked last = last(target);
    if (last != null) {
      last.endedNanos = System.nanoTime();
      last.failure = failure;
      last.why = why;
    }
  }

  /** All that were asked, in that order. */
  List<Asked> asked() {
    return asked;
  }

  private @Nullable Asked last(UpstreamTarget target) {
    for (int i = asked.size() - 1; i >= 0; i--) {
      if (asked.get(i).target.text().equals(target.text())) {
        return asked.get(i);
      }
    }
    return null;
  }

  /** Whether a field of the client's is none for servers. */
  boolean replaces(KnownField field) {
    return field == KnownField.TRACEPARENT || (field == KnownField.TRACESTATE && parent.isEmpty());
  }

  /** Writes what the server that is asked puts its spans below. */
  void write(Call call, UpstreamTarget target, ByteSink out) {
    if (!target.replaces(TRACEPARENT)) {
      Asked last = last(target);
      TraceContext written = last == null ? context(call) : last.context;
      HeadWriter.field(out, TRACEPARENT, written.text());
    }
  }
}
