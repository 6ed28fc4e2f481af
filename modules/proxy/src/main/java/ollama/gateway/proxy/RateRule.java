package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.KeyRateLimitConfig;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.RateLimiter;
import ollama.gateway.ratelimit.Ticket;
import ollama.gateway.shared.Demand;

/**
 * Which limit of requests holds for a request, and who counts as one client under it.
 *
 * @param call the request
 * @param key the digest of its key; empty where it has none
 * @param ofKey what counts the requests of that; empty where an address counts as one client
 */
record RateRule(Call call, String key, Optional<RateLimiter<String>> ofKey) {

  static RateRule of(Call call) {
    Optional<Principal> principal = call.identity().principal();
    if (principal.isEmpty()) {
      return new RateRule(call, "", Optional.empty());
    }
    String id = principal.get().id();
    return new RateRule(call, id, call.settings().limitsOf(id));
  }

  /** Counts the request in this gateway, if there is room. */
  Ticket reserve() {
    return ofKey.isPresent()
        ? ofKey.get().reserve(key)
        : call.settings().limits().reserve(call.identity().subscriber());
  }

  /** What is asked of the limits that several gateways keep. */
  Demand.Rate demand() {
    RateLimitConfig limit =
        call.identity()
            .principal()
            .map(Principal::rateLimit)
            .filter(own -> !own.isNone())
            .map(KeyRateLimitConfig::asLimit)
            .orElseGet(call.settings().config()::rateLimit);
    return limit.enabled()
        ? new Demand.Rate(client(), limit.maxRequests(), limit.timeWindowSeconds(), false)
        : Demand.Rate.NONE;
  }

  /** As other gateways write it. */
  private String client() {
    return ofKey.isPresent() ? key : text(call.identity().subscriber());
  }

  static String text(Subscriber subscriber) {
    return Long.toHexString(subscriber.high()) + "-" + Long.toHexString(subscriber.low());
  }
}
