package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.KeyRateLimitConfig;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.Ticket;
import ollama.gateway.shared.Demand;

/**
 * Which limit of requests holds for a request, and who counts as one client under it.
 *
 * @param call the request
 * @param key the digest of the key that does; empty where an address does
 */
record RateRule(Call call, String key) {

  static RateRule of(Call call) {
    Optional<Principal> principal = call.identity().principal();
    if (principal.isEmpty()) {
      return new RateRule(call, "");
    }
    String id = principal.get().id();
    return new RateRule(call, call.settings().limitsOf(id).isPresent() ? id : "");
  }

  /** Counts the request in this gateway, if there is room. */
  Ticket reserve() {
    Settings settings = call.settings();
    return key.isEmpty()
        ? settings.limits().reserve(call.identity().subscriber())
        : settings.limitsOf(key).orElseThrow().reserve(key);
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
    return key.isEmpty() ? text(call.identity().subscriber()) : key;
  }

  static String text(Subscriber subscriber) {
    return Long.toHexString(subscriber.high()) + "-" + Long.toHexString(subscriber.low());
  }
}
