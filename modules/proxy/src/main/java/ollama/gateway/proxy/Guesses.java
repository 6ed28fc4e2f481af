package ollama.gateway.proxy;

import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.RateLimiter;

/**
 * What is known of who guesses keys, and of who doesn't.
 *
 * @param wrongKeys guesses of each client
 * @param familiarKeys which keys are no guesses
 * @param mistakes what stands beside a right key again and again, and is no new guess
 */
record Guesses(
    RateLimiter<Subscriber> wrongKeys, FamiliarKeys familiarKeys, KnownMistakes mistakes) {

  /** Of nobody yet. */
  static Guesses of(GatewayConfig config) {
    return new Guesses(
        new RateLimiter<>(limit(config), clients(config), System::nanoTime),
        new FamiliarKeys(System::nanoTime),
        new KnownMistakes(System::nanoTime));
  }

  /** The same under other settings. */
  Guesses reconfigured(GatewayConfig next) {
    return new Guesses(wrongKeys.reconfigured(limit(next), clients(next)), familiarKeys, mistakes);
  }

  /**
   * Whether a right key is let in: not where somebody guesses, unless it came from there before.
   */
  boolean letsIn(Subscriber client, String keyId) {
    return familiarKeys.knows(client, keyId) || wrongKeys.peek(client).allowed();
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
