package ollama.gateway.valkey;

import ollama.gateway.balancer.dispatch.Learned;
import ollama.gateway.balancer.dispatch.Pressure;
import ollama.gateway.balancer.dispatch.Standing;
import org.jspecify.annotations.Nullable;

/** What a gateway has at a server, in one line. */
final class StandingText {
  private static final String SEPARATOR = "\t";
  private static final int PARTS = 11;

  private StandingText() {}

  static String of(Standing it) {
    return String.join(
        SEPARATOR,
        it.where().server(),
        it.where().model(),
        Integer.toString(it.pressure().inFlight()),
        Integer.toString(it.pressure().waiting()),
        (it.loaded() ? "l" : "") + (it.loading() ? "i" : ""),
        Integer.toString(it.slots()),
        number(it.speed().loadMillis()),
        number(it.speed().prefillRate()),
        number(it.speed().decodeRate()),
        number(it.speed().serviceMillis()),
        Long.toString(it.pressure().claim()));
  }

  /** Null if it isn't one. */
  static @Nullable Standing parse(String text) {
    String[] parts = text.split(SEPARATOR, -1);
    if (parts.length != PARTS) {
      return null;
    }
    try {
      return new Standing(
          new Standing.Where(parts[0], parts[1]),
          new Pressure(
              Integer.parseInt(parts[2]), Integer.parseInt(parts[3]), Long.parseLong(parts[10])),
          parts[4].contains("l"),
          parts[4].contains("i"),
          Integer.parseInt(parts[5]),
          new Learned.Speed(
              number(parts[6]), number(parts[7]), number(parts[8]), number(parts[9])));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** A tenth is fine enough. */
  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(Math.round(value * 10) / 10.0);
  }

  private static double number(String text) {
    return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
  }
}
