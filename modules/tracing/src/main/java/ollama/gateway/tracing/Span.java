package ollama.gateway.tracing;

import java.util.Optional;

/**
 * A part of what was done for a request, and how long it took.
 *
 * @param context the span's own
 * @param parent below which span it stands
 * @param kind what it is to others
 * @param name what was done
 * @param interval when
 * @param attributes what else there is to say; not changed from now on
 * @param error why it failed, for people; empty if it didn't
 */
public record Span(
    TraceContext context,
    Parent parent,
    Kind kind,
    String name,
    Interval interval,
    Attributes attributes,
    Optional<String> error) {

  /** What a span is to others. */
  public enum Kind {
    /** Done by the gateway alone, or told by a server. */
    INTERNAL(1),
    /** A request to the gateway. */
    SERVER(2),
    /** A request of the gateway's. */
    CLIENT(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** OTLP's number. */
    int code() {
      return code;
    }
  }

  /**
   * The span above.
   *
   * @param id its id; 0 if there is none
   * @param isRemote whether it isn't the gateway's
   */
  public record Parent(long id, boolean isRemote) {
    /** Of a span that begins a trace. */
    public static final Parent NONE = new Parent(0, false);
  }

  /**
   * A time, in nanoseconds since 1970.
   *
   * @param start when it began
   * @param end when it ended, not before that
   */
  public record Interval(long start, long end) {
    /** Checks the order; ends that come first are the start. */
    public Interval {
      end = Math.max(start, end);
    }
  }
}
