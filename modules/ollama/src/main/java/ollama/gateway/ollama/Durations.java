package ollama.gateway.ollama;

import java.util.Map;

/** Durations as Go's {@code time.ParseDuration} reads them, such as {@code 1h30m}. */
final class Durations {

  private static final Map<String, Double> UNITS =
      Map.of(
          "ns", 1e-9, "us", 1e-6, "\u00b5s", 1e-6, "\u03bcs", 1e-6, "ms", 1e-3, "s", 1.0, "m", 60.0,
          "h", 3600.0);

  private Durations() {}

  /** How many seconds that is; NaN if it is none. */
  static double seconds(String text) {
    boolean negative = text.startsWith("-");
    int at = negative || text.startsWith("+") ? 1 : 0;
    if (text.substring(at).equals("0")) {
      return 0;
    }
    double sum = at < text.length() ? 0 : Double.NaN;
    while (at < text.length()) {
      int unit = at;
      while (unit < text.length() && isNumeral(text.charAt(unit))) {
        unit++;
      }
      int next = unit;
      while (next < text.length() && !isNumeral(text.charAt(next))) {
        next++;
      }
      sum += number(text.substring(at, unit)) * factor(text.substring(unit, next));
      at = next;
    }
    return negative ? -sum : sum;
  }

  private static double factor(String unit) {
    return UNITS.getOrDefault(unit, Double.NaN);
  }

  private static double number(String numerals) {
    int dot = numerals.indexOf('.');
    boolean isNumber = numerals.length() > (dot < 0 ? 0 : 1) && dot == numerals.lastIndexOf('.');
    return isNumber ? Double.parseDouble(numerals) : Double.NaN;
  }

  private static boolean isNumeral(char c) {
    return c == '.' || (c >= '0' && c <= '9');
  }
}
