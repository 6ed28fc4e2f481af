package ollama.gateway.jmh.sidebyside;

import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * The middle of some values, and the range around it.
 *
 * @param median the middle one; of an even number, halfway between the two in the middle
 * @param least the least
 * @param most the most
 */
record Spread(double median, double least, double most) {

  /** Of at least one value. */
  static Spread of(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int n = sorted.length;
    return new Spread((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1]);
  }

  String text() {
    if (Double.isNaN(median)) {
      return "–";
    }
    return String.format(Locale.ROOT, "%.1f (%.1f–%.1f)", median, least, most);
  }
}
