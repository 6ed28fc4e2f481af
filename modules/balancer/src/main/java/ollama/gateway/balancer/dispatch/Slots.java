package ollama.gateway.balancer.dispatch;

/**
 * How many requests for a model a server runs at once. Ollama doesn't tell, so it is learned from
 * both sides: so many ran at once, so one had to wait behind so many. What came last is believed.
 */
final class Slots {
  /** Once in so many starts one more than the slots is let in, to see whether that has changed. */
  private static final int PROBE_EVERY = 64;

  private static final int UNKNOWN = Integer.MAX_VALUE;

  private int configured;
  private int least;
  private int most = UNKNOWN;
  private int starts;

  /** 0 if the operator doesn't say. */
  Slots(int configured) {
    this.configured = configured;
  }

  /** The operator says something else now. */
  void configure(int parallel) {
    configured = parallel;
  }

  /** So many requests ran at the same time. */
  void ranTogether(int requests) {
    least = Math.max(least, requests);
    if (requests > most) {
      most = UNKNOWN;
    }
  }

  /** A request waited while so many others were in flight. */
  void waitedBehind(int others) {
    if (others > 0) {
      most = Math.min(most, others);
      least = Math.min(least, most);
    }
  }

  void started() {
    starts++;
  }

  boolean known() {
    return configured > 0 || least == most;
  }

  /** As far as known, 1 or more. */
  int count() {
    return configured > 0 ? configured : Math.max(1, known() ? most : least);
  }

  /** How many may be in flight. */
  int limit() {
    if (configured > 0) {
      return configured;
    }
    if (known()) {
      return starts % PROBE_EVERY == PROBE_EVERY - 1 ? most + 1 : most;
    }
    return Math.min(most, Math.max(least + 1, 2 * least));
  }
}
