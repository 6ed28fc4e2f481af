package ollama.gateway.metrics;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The values of one label, bounded: the first so many stand for themselves, any other is {@value
 * #OTHER}. Callers pass few values by design; this is for the day when one doesn't.
 */
final class Labels {
  static final String OTHER = "other";

  private final int valuesMax;
  private final ConcurrentMap<String, String> known = new ConcurrentHashMap<>();

  Labels(int valuesMax) {
    this.valuesMax = valuesMax;
  }

  /** The value itself or {@value #OTHER}; neither locks nor allocates for a value seen before. */
  String of(String value) {
    String label = known.get(value);
    return label == null ? admit(value) : label;
  }

  private String admit(String value) {
    if (known.size() >= valuesMax) {
      return OTHER;
    }
    synchronized (known) {
      if (known.size() >= valuesMax) {
        return known.getOrDefault(value, OTHER);
      }
      known.putIfAbsent(value, value);
      return value;
    }
  }

  /** A request method as a label: RFC 9110 section 9 and PATCH; methods are case-sensitive. */
  static String method(String method) {
    return switch (method) {
      case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH" -> method;
      default -> "OTHER";
    };
  }
}
