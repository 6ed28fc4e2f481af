package ollama.gateway.shared;

import ollama.gateway.usage.PeriodTotals;
import ollama.gateway.usage.TokenQuota;

/**
 * What one request wants of the limits that gateways keep together.
 *
 * @param rate how often its client may ask
 * @param key what its key may do
 */
public record Demand(Rate rate, Key key) {

  /**
   * A limit of requests in a window.
   *
   * @param who counts as one client; empty where there is no limit
   * @param max how many requests in any window
   * @param windowSeconds how long a window is, at least 1
   * @param isTold whether all gateways are told when a client has come too often, so that they can
   *     say so by {@link SharedLimits#shutOutSeconds}
   */
  public record Rate(String who, int max, int windowSeconds, boolean isTold) {
    /** No limit. */
    public static final Rate NONE = new Rate("", 0, 1, false);

    /** Whether there is a limit. */
    public boolean isLimited() {
      return !who.isEmpty();
    }
  }

  /**
   * Limits of a key.
   *
   * @param id the key's digest; empty where it has no limits of this kind
   * @param runningMax how many of its requests may run at once; 0 for any number
   * @param quota how many tokens it may use
   * @param estimatedTokens how many this request may use; 0 if it costs none
   * @param usedHere what this gateway alone has counted for it
   */
  public record Key(
      String id, int runningMax, TokenQuota quota, long estimatedTokens, PeriodTotals usedHere) {
    /** No limits. */
    public static final Key NONE = new Key("", 0, TokenQuota.NONE, 0, PeriodTotals.NONE);

    /** Whether there is a limit. */
    public boolean isLimited() {
      return !id.isEmpty();
    }
  }

  /** Whether there is anything to ask for. */
  public boolean isLimited() {
    return rate.isLimited() || key.isLimited();
  }
}
