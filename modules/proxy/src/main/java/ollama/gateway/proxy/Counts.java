package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.console.Logins;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.ConcurrencyLimiter;
import ollama.gateway.ratelimit.RateLimiter;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.usage.Ledger;

/**
 * What is counted of clients and keys, and outlives a reload: what stands under a limit that stays
 * the same goes on.
 *
 * @param rates requests in a while
 * @param concurrency requests of each key that run
 * @param guesses who guesses keys
 * @param ledger tokens of each key
 * @param logins who is logged in at the status page
 * @param shared what several gateways count together
 */
record Counts(
    Rates rates,
    ConcurrencyLimiter<String> concurrency,
    Guesses guesses,
    Ledger ledger,
    Logins logins,
    Optional<SharedCounts> shared) {

  /**
   * Requests in a while.
   *
   * @param byAddress of each client
   * @param byKey of each key, by its digest
   * @param own of the keys that have a limit of their own
   */
  record Rates(RateLimiter<Subscriber> byAddress, RateLimiter<String> byKey, OwnLimits own) {

    private static Rates of(GatewayConfig config) {
      int clients = config.limits().rateLimitedClients();
      return new Rates(
          new RateLimiter<>(config.rateLimit(), clients, System::nanoTime),
          new RateLimiter<>(config.rateLimit(), clients, System::nanoTime),
          OwnLimits.NONE.reconfigured(config.apiKeys()));
    }

    private Rates reconfigured(GatewayConfig next) {
      int clients = next.limits().rateLimitedClients();
      return new Rates(
          byAddress.reconfigured(next.rateLimit(), clients),
          byKey.reconfigured(next.rateLimit(), clients),
          own.reconfigured(next.apiKeys()));
    }
  }

  /** Of nobody yet. */
  static Counts of(GatewayConfig config, Ledger ledger, Optional<SharedCounts> shared) {
    return new Counts(
        Rates.of(config),
        new ConcurrencyLimiter<>(),
        Guesses.of(config, shared),
        ledger,
        new Logins(System::nanoTime),
        shared);
  }

  /** The same under other settings. */
  Counts reconfigured(GatewayConfig next) {
    return new Counts(
        rates.reconfigured(next), concurrency, guesses.reconfigured(next), ledger, logins, shared);
  }
}
