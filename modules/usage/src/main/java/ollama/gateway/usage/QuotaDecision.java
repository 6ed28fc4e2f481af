package ollama.gateway.usage;

/**
 * What a key's quotas say to one request. Of several it is the one with the fewest tokens left, and
 * for a request that isn't allowed the exhausted one that stays so for longest. Seconds are rounded
 * up, so that a client which waits as long as it was told is never too early.
 *
 * @param allowed whether the request may go on
 * @param limit the quota, in tokens; 0 if there is none
 * @param remaining tokens left when this request's estimate and those of the ones that run are
 *     reserved, from 0 to {@code limit}
 * @param resetSeconds if the request isn't allowed, when one would be, at least 1: when enough
 *     seconds have left the minute, or the next day or month begins (UTC). Where the quota isn't
 *     used up but reserved by requests that run, it is 1, since each of them may give some back at
 *     any time. If the request is allowed, when {@code remaining} grows next, in the same sense; 0
 *     if nothing was used in the minute and something is left of it, or there is no quota
 */
public record QuotaDecision(boolean allowed, long limit, long remaining, long resetSeconds) {

  /** When a request that only reservations are in the way of may ask again. */
  private static final long SOON_SECONDS = 1;

  /** Of a key without quotas. */
  public static final QuotaDecision NONE = new QuotaDecision(true, 0, 0, 0);

  /**
   * Whether there is a quota to tell the client about.
   *
   * @return whether {@code limit} is above 0
   */
  public boolean isLimited() {
    return limit > 0;
  }

  /**
   * The answer to a request.
   *
   * @param state how much of its key's quotas is used
   * @param estimate what it would reserve, in tokens
   */
  public static QuotaDecision of(QuotaState state, long estimate) {
    QuotaDecision decision = of(state.minute(), state.reserved());
    decision = tighter(decision, of(state.day(), state.reserved()));
    decision = tighter(decision, of(state.month(), state.reserved()));
    long remaining = Math.max(decision.remaining - estimate, 0);
    // Where this very request has reserved what was left, one beside it isn't allowed at once.
    long soonest = decision.isLimited() && remaining == 0 ? SOON_SECONDS : 0;
    return new QuotaDecision(
        decision.allowed, decision.limit, remaining, Math.max(decision.resetSeconds, soonest));
  }

  private static QuotaDecision of(QuotaState.Window window, long reserved) {
    if (window.limit() == 0) {
      return NONE;
    }
    long left = window.limit() - TokenCounts.sum(window.used(), reserved);
    if (left > 0) {
      return new QuotaDecision(true, window.limit(), left, window.resetSeconds());
    }
    boolean isUsed = window.used() >= window.limit();
    return new QuotaDecision(
        false, window.limit(), 0, isUsed ? window.resetSeconds() : SOON_SECONDS);
  }

  /** Which of two quotas' answers is told. */
  static QuotaDecision tighter(QuotaDecision a, QuotaDecision b) {
    if (!a.isLimited() || !b.isLimited()) {
      return b.isLimited() ? b : a;
    }
    if (a.allowed != b.allowed) {
      return a.allowed ? b : a;
    }
    boolean isB = a.allowed ? b.remaining < a.remaining : b.resetSeconds > a.resetSeconds;
    return isB ? b : a;
  }
}
