package ollama.gateway.balancer.dispatch;

/**
 * What a gateway has at a server for a model, and wants there.
 *
 * @param inFlight its requests that are there
 * @param waiting its requests that wait to go there
 * @param claim who of those that wait goes first, the greatest of them: a class is more than any
 *     time, and within it the milliseconds that a request has waited count; 0 if none waits
 */
public record Pressure(int inFlight, int waiting, long claim) {
  static final int MANY = 1_000_000;
  private static final long CLASS = 1L << 40;

  /** Numbers that nobody can have are taken as the nearest ones that somebody can. */
  public Pressure {
    inFlight = Math.clamp(inFlight, 0, MANY);
    waiting = Math.clamp(waiting, 0, MANY);
  }

  /** Nothing and nobody. */
  boolean none() {
    return inFlight == 0 && waiting == 0;
  }

  Pressure claimless() {
    return new Pressure(inFlight, waiting, waiting > 0 ? 1 : 0);
  }

  /** How many of those that wait go before one with a claim, if they came one after another. */
  double waitingBefore(long other) {
    long longer = claim - other;
    long waited = claim % CLASS;
    if (waiting == 0 || longer <= 0) {
      return 0;
    }
    return longer >= waited ? waiting : Math.max(1, (double) waiting * longer / waited);
  }

  /** The claim of a request that has waited for so long. */
  static long claim(Priority priority, double waitedMillis) {
    long above =
        switch (priority) {
          case INTERACTIVE -> 2 * CLASS;
          case NORMAL -> CLASS;
          case BATCH -> 0;
        };
    return above + Math.clamp((long) waitedMillis, 1, CLASS - 1);
  }
}
