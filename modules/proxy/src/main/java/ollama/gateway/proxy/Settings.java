package ollama.gateway.proxy;

import java.util.Locale;
import ollama.gateway.auth.AddressRules;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.ratelimit.RateLimiter;

/**
 * Everything that a reload replaces, as one immutable snapshot: a request uses the one it started
 * with to its end.
 *
 * @param config what the file says
 * @param addresses who may come
 * @param keys who may come in
 * @param limiter how often
 * @param balancer where to
 * @param keyField the name of the field that carries the key, in lower case: made once, not for
 *     each request
 */
public record Settings(
    GatewayConfig config,
    AddressRules addresses,
    KeyRing keys,
    RateLimiter limiter,
    Balancer balancer,
    String keyField) {

  /** A snapshot whose key field is the one of {@code config}. */
  public Settings(
      GatewayConfig config,
      AddressRules addresses,
      KeyRing keys,
      RateLimiter limiter,
      Balancer balancer) {
    this(
        config,
        addresses,
        keys,
        limiter,
        balancer,
        config.authHeaderName().toLowerCase(Locale.ROOT));
  }
}
