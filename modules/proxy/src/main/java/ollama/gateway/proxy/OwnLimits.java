package ollama.gateway.proxy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.ratelimit.RateLimiter;

/** The rate limits of the keys that have one of their own, by the keys' digests. */
final class OwnLimits {

  /** Each has one client: the key. */
  private static final int CLIENTS = 1;

  /** Of no keys. */
  static final OwnLimits NONE = new OwnLimits(Map.of());

  private final Map<String, RateLimiter<String>> byKey;

  private OwnLimits(Map<String, RateLimiter<String>> byKey) {
    this.byKey = byKey;
  }

  /** Those of these keys; what was counted for one whose limit is the same as here goes on. */
  OwnLimits reconfigured(List<ApiKey> keys) {
    Map<String, RateLimiter<String>> next = HashMap.newHashMap(keys.size());
    for (ApiKey key : keys) {
      if (!key.rateLimit().isNone()) {
        RateLimitConfig limit = key.rateLimit().asLimit();
        RateLimiter<String> before = byKey.get(key.sha256());
        next.put(
            key.sha256(),
            before == null
                ? new RateLimiter<>(limit, CLIENTS, System::nanoTime)
                : before.reconfigured(limit, CLIENTS));
      }
    }
    return next.isEmpty() ? NONE : new OwnLimits(next);
  }

  /** The limit of a key; empty if the general one holds for it. */
  Optional<RateLimiter<String>> of(String keyId) {
    return byKey.isEmpty() ? Optional.empty() : Optional.ofNullable(byKey.get(keyId));
  }
}
