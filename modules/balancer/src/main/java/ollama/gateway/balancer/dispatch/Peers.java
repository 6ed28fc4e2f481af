package ollama.gateway.balancer.dispatch;

import java.util.List;

/**
 * The best that any server has shown for a model: what is assumed of one that has shown nothing, so
 * that it gets its try.
 *
 * @param serviceMillis the shortest
 * @param loadMillis the shortest
 * @param tokensPerSecond the fastest prefill
 */
record Peers(double serviceMillis, double loadMillis, double tokensPerSecond) {
  /** Nobody has shown anything: a small model on a middling machine. */
  private static final double SERVICE_MILLIS = 2_000;

  private static final double LOAD_MILLIS = 3_000;
  private static final double TOKENS_PER_SECOND = 1_000;
  static final Peers START = new Peers(SERVICE_MILLIS, LOAD_MILLIS, TOKENS_PER_SECOND);

  static Peers of(List<Candidate> candidates) {
    double service = Double.NaN;
    double load = Double.NaN;
    double rate = Double.NaN;
    for (int i = 0; i < candidates.size(); i++) {
      Candidate c = candidates.get(i);
      service = least(service, c.queue().serviceMillis());
      load = least(load, c.loading().modelMillis());
      rate = -least(-rate, -c.prefill().tokensPerSecond());
    }
    return of(service, load, rate);
  }

  /** Each may be NaN. */
  static Peers of(double serviceMillis, double loadMillis, double tokensPerSecond) {
    return new Peers(
        orElse(serviceMillis, SERVICE_MILLIS),
        orElse(loadMillis, LOAD_MILLIS),
        orElse(tokensPerSecond, TOKENS_PER_SECOND));
  }

  static double orElse(double value, double otherwise) {
    return Double.isNaN(value) ? otherwise : value;
  }

  /** NaN only if both are. */
  static double least(double a, double b) {
    return Double.isNaN(a) || b < a ? b : a;
  }
}
