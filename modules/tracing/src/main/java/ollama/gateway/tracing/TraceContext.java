package ollama.gateway.tracing;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Where in which trace something stands, as {@code traceparent} says it (W3C Trace Context, section
 * 3.2).
 *
 * @param high the first half of the trace's id
 * @param low the other half; one of the two isn't 0
 * @param spanId the span, never 0
 * @param sampled whether it is recorded
 */
public record TraceContext(long high, long low, long spanId, boolean sampled) {

  private static final String VERSION = "00";
  private static final int TRACE_AT = 3;
  private static final int SPAN_AT = 36;
  private static final int FLAGS_AT = 53;
  private static final int LENGTH = 55;
  private static final int HALF_DIGITS = 16;

  /**
   * Checks the ids.
   *
   * @throws IllegalArgumentException if one is 0
   */
  public TraceContext {
    if ((high | low) == 0 || spanId == 0) {
      throw new IllegalArgumentException("ids of traces and spans aren't 0");
    }
  }

  /** A trace that begins. */
  public static TraceContext root(boolean sampled) {
    return new TraceContext(ThreadLocalRandom.current().nextLong(), newId(), newId(), sampled);
  }

  /** An id that no other span has. */
  public static long newId() {
    long id;
    do {
      id = ThreadLocalRandom.current().nextLong();
    } while (id == 0);
    return id;
  }

  /** Another span of the trace. */
  public TraceContext withSpan(long id) {
    return new TraceContext(high, low, id, sampled);
  }

  /** The same, recorded or not. */
  public TraceContext withSampled(boolean isSampled) {
    return new TraceContext(high, low, spanId, isSampled);
  }

  /**
   * Reads a field's value. Of a version that isn't known yet, what is known of it counts (section
   * 3.2.4).
   *
   * @param bytes in which it stands
   * @param from where it begins
   * @param to where it ends
   * @return empty if it isn't valid
   */
  public static Optional<TraceContext> parse(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length < LENGTH
        || bytes[from + TRACE_AT - 1] != '-'
        || bytes[from + SPAN_AT - 1] != '-'
        || bytes[from + FLAGS_AT - 1] != '-'
        || !isHex(bytes, from, TRACE_AT - 1)
        || !isHex(bytes, from + TRACE_AT, 2 * HALF_DIGITS)
        || !isHex(bytes, from + SPAN_AT, HALF_DIGITS)
        || !isHex(bytes, from + FLAGS_AT, LENGTH - FLAGS_AT)) {
      return Optional.empty();
    }
    long version = hex(bytes, from, TRACE_AT - 1);
    boolean endsWell =
        version == 0 ? length == LENGTH : length == LENGTH || bytes[from + LENGTH] == '-';
    long high = hex(bytes, from + TRACE_AT, HALF_DIGITS);
    long low = hex(bytes, from + TRACE_AT + HALF_DIGITS, HALF_DIGITS);
    long span = hex(bytes, from + SPAN_AT, HALF_DIGITS);
    if (version == 0xff || !endsWell || (high | low) == 0 || span == 0) {
      return Optional.empty();
    }
    boolean sampled = (hex(bytes, from + FLAGS_AT, LENGTH - FLAGS_AT) & 1) != 0;
    return Optional.of(new TraceContext(high, low, span, sampled));
  }

  /** The value of the field. */
  public String text() {
    return VERSION + '-' + traceText() + '-' + digits(spanId) + (sampled ? "-01" : "-00");
  }

  /** The trace's id, 32 hexadecimal digits. */
  public String traceText() {
    return digits(high) + digits(low);
  }

  /** The span's id, 16 hexadecimal digits. */
  public String spanText() {
    return digits(spanId);
  }

  static String digits(long id) {
    return HexFormat.of().toHexDigits(id);
  }

  /** In lower case, as others aren't valid. */
  private static boolean isHex(byte[] bytes, int from, int count) {
    for (int i = from; i < from + count; i++) {
      byte b = bytes[i];
      if (!((b >= '0' && b <= '9') || (b >= 'a' && b <= 'f'))) {
        return false;
      }
    }
    return true;
  }

  private static long hex(byte[] bytes, int from, int count) {
    String digits = new String(bytes, from, count, StandardCharsets.US_ASCII);
    return HexFormat.fromHexDigitsToLong(digits);
  }
}
