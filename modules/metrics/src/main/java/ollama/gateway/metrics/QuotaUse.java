package ollama.gateway.metrics;

/**
 * How much of a quota a key has used at the moment of a scrape.
 *
 * @param key its name
 * @param window {@code minute}, {@code day} or {@code month}
 * @param used tokens
 * @param limit the quota, above 0
 */
public record QuotaUse(String key, String window, long used, long limit) {}
