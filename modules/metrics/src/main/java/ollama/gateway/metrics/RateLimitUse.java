package ollama.gateway.metrics;

/**
 * How much a key has left of a rate limit that counts by key, at the moment of a scrape.
 *
 * @param key its name
 * @param limit requests in a window, above 0
 * @param remaining requests that would be let in at once, up to the limit
 */
public record RateLimitUse(String key, int limit, int remaining) {}
