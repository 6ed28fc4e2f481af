package ollama.gateway.balancer.dispatch;

/**
 * What one gateway has at a server for a model, as it tells other gateways. What it only heard of
 * them is no part of it.
 *
 * @param server its name
 * @param model its canonical name
 * @param inFlight requests of its own that are there
 * @param waiting requests of its own that wait and are expected to go there
 * @param loaded whether the model is in memory there
 * @param loading whether it is being loaded
 * @param slots how many requests for it run there at once; 0 if unknown
 * @param speed how fast the model is there; NaN where nothing was learned
 * @param claim who of those that wait goes first, the greatest of them: a class is more than any
 *     time, and within it the milliseconds that a request has waited count; 0 if none waits
 */
public record Standing(
    String server,
    String model,
    int inFlight,
    int waiting,
    boolean loaded,
    boolean loading,
    int slots,
    Learned.Speed speed,
    long claim) {
  private static final int MANY = 1_000_000;
  private static final long CLASS = 1L << 40;

  /** Numbers that nobody can have are taken as the nearest ones that somebody can. */
  public Standing {
    inFlight = Math.clamp(inFlight, 0, MANY);
    waiting = Math.clamp(waiting, 0, MANY);
    slots = Math.clamp(slots, 0, MANY);
  }

  /** The same, whatever its claim: that grows all the time while somebody waits. */
  public Standing claimless() {
    return new Standing(
        server, model, inFlight, waiting, loaded, loading, slots, speed, waiting > 0 ? 1 : 0);
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
