package ollama.gateway.balancer.dispatch;

/** A moving average: the mean of the first eight values, then each new one counts an eighth. */
final class Average {
  private static final int WINDOW = 8;

  private double value = Double.NaN;
  private int count;

  void add(double next) {
    count = Math.min(WINDOW, count + 1);
    value = count == 1 ? next : value + (next - value) / count;
  }

  /** NaN if there is none yet. */
  double value() {
    return value;
  }
}
