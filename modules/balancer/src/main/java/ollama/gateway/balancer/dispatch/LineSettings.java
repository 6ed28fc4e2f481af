package ollama.gateway.balancer.dispatch;

/**
 * The bounds of a {@link Line}.
 *
 * @param maxWaiting who comes while so many wait is refused
 * @param maxWaitMillis nobody waits longer; whoever waits has to look at the time himself ({@link
 *     Ticket#expiresNanos})
 * @param ageBoundMillis nobody waits longer than this for the gain of those who came later with the
 *     same key
 * @param shareMillis how much more work than another that waits a key may have got, beside the
 *     requests under way: a deficit round robin's quantum
 */
public record LineSettings(
    int maxWaiting, long maxWaitMillis, double ageBoundMillis, double shareMillis) {
  /** 512 for an hour at most; 15 seconds for others' gain; 5 seconds of work ahead of others. */
  public static final LineSettings DEFAULT = new LineSettings(512, 3_600_000, 15_000, 5_000);
}
