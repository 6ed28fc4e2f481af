package ollama.gateway.balancer.sim;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.ToDoubleFunction;

/** What is made of many numbers. */
final class Figures {

  static double percentile(
      Collection<SimRequest> requests, double share, ToDoubleFunction<SimRequest> of) {
    double[] sorted = requests.stream().mapToDouble(of).sorted().toArray();
    int index = (int) Math.ceil(share * sorted.length) - 1;
    return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, index)];
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** 1 if all are equal, 1/n if one has all. */
  static double jain(double[] shares) {
    double sum = Arrays.stream(shares).sum();
    double squares = Arrays.stream(shares).map(x -> x * x).sum();
    return sum * sum / (shares.length * squares);
  }

  private Figures() {}
}
