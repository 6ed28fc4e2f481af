package ollama.gateway.proxy;

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
 */
public record Settings(
    GatewayConfig config,
    AddressRules addresses,
    KeyRing keys,
    RateLimiter limiter,
    Balancer balancer) {}
