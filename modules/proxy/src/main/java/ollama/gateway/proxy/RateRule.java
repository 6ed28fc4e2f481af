package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.Limits;
import ollama.gateway.ratelimit.Ticket;
import ollama.gateway.shared.Demand;

/**
 * Which limit of requests holds for a request, and who counts as one client under it.
 *
 * @param call the request
 * @param key the digest of the key that does; empty where an address does
 * @param isOwn whether the key has a limit of its own
 */
record RateRule(Call call, String key, boolean isOwn) {

  static RateRule of(Call call) {
    Settings settings = call.settings();
    Optional<Principal> principal = call.identity().principal();
    if (principal.isEmpty()) {
      return new RateRule(call, "", false);
    }
    String id = principal.get().id();
    boolean isOwn = settings.ownLimits().of(id).isPresent();
    boolean isOfKey = isOwn || settings.config().rateLimit().by().equals(RateLimitConfig.KEY);
    return new RateRule(call, isOfKey ? id : "", isOwn);
  }

  /** Counts the request in this gateway, if there is room. */
  Ticket reserve() {
    Settings settings = call.settings();
    if (key.isEmpty()) {
      return settings.limits().reserve(call.identity().subscriber());
    }
    Optional<Limits<String>> own = settings.ownLimits().of(key);
    return own.orElseGet(settings::keyLimits).reserve(key);
  }

  /** What is asked of the limits that several gateways keep. */
  Demand.Rate demand() {
    RateLimitConfig limit =
        isOwn
            ? call.identity().principal().orElseThrow().rateLimit().asLimit()
            : call.settings().config().rateLimit();
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
