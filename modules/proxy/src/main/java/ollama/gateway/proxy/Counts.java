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
 * @param byAddress requests of each client
 * @param byKey requests of each key, by its digest
 * @param ownLimits requests of the keys that have a limit of their own
 * @param concurrency requests of each key that run
 * @param guesses who guesses keys
 * @param ledger tokens of each key
 * @param logins who is logged in at the status page
 * @param shared what several gateways count together
 */
record Counts(
    RateLimiter<Subscriber> byAddress,
    RateLimiter<String> byKey,
    OwnLimits ownLimits,
    ConcurrencyLimiter<String> concurrency,
    Guesses guesses,
    Ledger ledger,
    Logins logins,
    Optional<SharedCounts> shared) {

  /** Of nobody yet. */
  static Counts of(GatewayConfig config, Ledger ledger, Optional<SharedCounts> shared) {
    int clients = config.limits().rateLimitedClients();
    return new Counts(
        new RateLimiter<>(config.rateLimit(), clients, System::nanoTime),
        new RateLimiter<>(config.rateLimit(), clients, System::nanoTime),
        OwnLimits.NONE.reconfigured(config.apiKeys()),
        new ConcurrencyLimiter<>(),
        Guesses.of(config, shared),
        ledger,
        new Logins(System::nanoTime),
        shared);
  }

  /** The same under other settings. */
  Counts reconfigured(GatewayConfig next) {
    int clients = next.limits().rateLimitedClients();
    return new Counts(
        byAddress.reconfigured(next.rateLimit(), clients),
        byKey.reconfigured(next.rateLimit(), clients),
        ownLimits.reconfigured(next.apiKeys()),
        concurrency,
        guesses.reconfigured(next),
        ledger,
        logins,
        shared);
  }
}
