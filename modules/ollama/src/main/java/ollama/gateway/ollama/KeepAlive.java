package ollama.gateway.ollama;

import java.util.Set;

/** How long a model is to stay loaded, of which no more is known than whether it is to go. */
public enum KeepAlive {
  /** The server's own time. */
  UNSAID,
  /** A time, or for ever. */
  TIMED,
  /** No time: it goes when the request ends. */
  ZERO;

  private static final int TEXT_LENGTH_MAX = 100;
  private static final double NANO = 1e-9;
  private static final Set<String> UNITS =
      Set.of("ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h");

  /** Reads the value behind the name {@code keep_alive}: seconds, or a duration as Go writes it. */
  static KeepAlive read(JsonReader reader) {
    return switch (reader.next()) {
      case NULL -> UNSAID;
      case NUMBER -> Math.abs(reader.number()) < NANO ? ZERO : TIMED;
      case STRING -> {
        boolean mayBe = reader.tokenEnd() - reader.tokenStart() <= TEXT_LENGTH_MAX;
        yield mayBe && isZero(reader.text()) ? ZERO : TIMED;
      }
      default -> {
        reader.skipValue();
        yield TIMED;
      }
    };
  }

  private static boolean isZero(String duration) {
    int at = duration.startsWith("-") || duration.startsWith("+") ? 1 : 0;
    if (at == duration.length()) {
      return false;
    }
    if (duration.substring(at).equals("0")) {
      return true;
    }
    while (at < duration.length()) {
      int digits = at;
      while (at < duration.length() && (duration.charAt(at) == '0' || duration.charAt(at) == '.')) {
        at++;
      }
      int unit = at;
      while (at < duration.length() && !isNumeral(duration.charAt(at))) {
        at++;
      }
      if (unit == digits || !UNITS.contains(duration.substring(unit, at))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNumeral(char c) {
    return c == '.' || (c >= '0' && c <= '9');
  }
}
