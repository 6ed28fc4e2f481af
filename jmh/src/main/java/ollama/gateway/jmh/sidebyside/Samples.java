package ollama.gateway.jmh.sidebyside;

import java.util.Arrays;

/** What one client loop measured; used by that loop's thread alone until it is read. */
final class Samples {

  private int[] micros = new int[1 << 16];
  private int count;

  void add(long nanos) {
    if (count == micros.length) {
      micros = Arrays.copyOf(micros, count * 2);
    }
    micros[count++] = (int) Math.min(Integer.MAX_VALUE, Math.max(0, nanos / 1000));
  }

  int count() {
    return count;
  }

  /** Forgets what came before: the warm-up. */
  void clear() {
    count = 0;
  }

  /** The value that the share {@code p} of all samples doesn't exceed, in microseconds. */
  double percentile(double p) {
    // Once: the loop may be adding a last one.
    int n = count;
    if (n == 0) {
      return Double.NaN;
    }
    int[] sorted = Arrays.copyOf(micros, n);
    Arrays.sort(sorted);
    return sorted[Math.min(n - 1, (int) (n * p))];
  }
}
