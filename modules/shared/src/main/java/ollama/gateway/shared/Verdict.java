package ollama.gateway.shared;

import ollama.gateway.ratelimit.Decision;
import ollama.gateway.usage.QuotaDecision;

/**
 * What the limits of all gateways say to one request. They are asked in the order of the constants:
 * what comes behind the first that refuses hasn't been asked, and nothing was reserved of it.
 *
 * @param kind what came of it
 * @param rate what the limit of requests says
 * @param quota what the quotas say
 */
public record Verdict(Kind kind, Decision rate, QuotaDecision quota) {

  /** What came of asking. */
  public enum Kind {
    /** No answer yet. */
    PENDING,
    /** The store can't be reached, or didn't answer in time. */
    UNREACHABLE,
    /** As many requests of the key run as may. */
    TOO_MANY_RUNNING,
    /** As many requests came as may. */
    TOO_OFTEN,
    /** The key's tokens are used up. */
    QUOTA_USED_UP,
    /** It may go on, and everything is reserved. */
    ADMITTED
  }

  /** There is none yet. */
  public static final Verdict PENDING = without(Kind.PENDING);

  /** There will be none. */
  public static final Verdict UNREACHABLE = without(Kind.UNREACHABLE);

  private static Verdict without(Kind kind) {
    return new Verdict(kind, Decision.unlimited(), QuotaDecision.NONE);
  }

  /** Whether the store has decided. */
  public boolean isDecided() {
    return kind.compareTo(Kind.UNREACHABLE) > 0;
  }
}
