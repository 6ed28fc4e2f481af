package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.ratelimit.RateLimiter;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.shared.Verdict;

/**
 * What is known of who guesses keys, and of who doesn't.
 *
 * @param wrongKeys guesses of each client
 * @param familiarKeys which keys are no guesses
 * @param mistakes what stands beside a right key again and again, and is no new guess
 * @param shared what several gateways count together
 */
record Guesses(
    RateLimiter<Subscriber> wrongKeys,
    FamiliarKeys familiarKeys,
    KnownMistakes mistakes,
    Optional<SharedCounts> shared) {

  /** Of nobody yet. */
  static Guesses of(GatewayConfig config, Optional<SharedCounts> shared) {
    return new Guesses(
        new RateLimiter<>(limit(config), clients(config), System::nanoTime),
        new FamiliarKeys(System::nanoTime),
        new KnownMistakes(System::nanoTime),
        shared);
  }

  /** The same under other settings. */
  Guesses reconfigured(GatewayConfig next) {
    return new Guesses(
        wrongKeys.reconfigured(limit(next), clients(next)), familiarKeys, mistakes, shared);
  }

  /**
   * Whether a right key is let in: not where somebody guesses, unless it came from there before.
   */
  boolean letsIn(Subscriber client, String keyId) {
    return familiarKeys.knows(client, keyId)
        || (wrongKeys.peek(client).allowed() && isLetInElsewhere(client));
  }

  private boolean isLetInElsewhere(Subscriber client) {
    return shared.isEmpty() || shared.get().shutOutSeconds(who(client)) == 0;
  }

  /** A guess that nobody waits for: what follows isn't decided by it alone. */
  Decision count(Subscriber client, GatewayConfig config) {
    Decision here = wrongKeys.acquire(client);
    if (shared.isPresent() && limit(config).enabled()) {
      Permit permit = shared.get().ask(demand(client, config), () -> {});
      if (here.allowed() && permit.verdict().kind() == Verdict.Kind.UNREACHABLE) {
        permit.admitHere();
      }
    }
    return here;
  }

  /** A guess, as it is counted by several gateways. */
  static Demand demand(Subscriber client, GatewayConfig config) {
    RateLimitConfig limit = limit(config);
    Demand.Rate rate =
        limit.enabled()
            ? new Demand.Rate(who(client), limit.maxRequests(), limit.timeWindowSeconds(), true)
            : Demand.Rate.NONE;
    return new Demand(rate, Demand.Key.NONE);
  }

  private static String who(Subscriber client) {
    return "guesses:" + RateRule.text(client);
  }

  private static int clients(GatewayConfig config) {
    return config.limits().rateLimitedClients();
  }

  /** How many wrong keys one client may try. */
  private static RateLimitConfig limit(GatewayConfig config) {
    int max = config.security().maxFailuresPerMinute();
    return new RateLimitConfig(max, 60, max > 0);
  }
}
