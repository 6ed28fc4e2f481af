package ollama.gateway.metrics;

/**
 * What was counted since the start, over all methods, endpoints and models.
 *
 * @param requests those that have ended
 * @param failed those of them that were answered with anything but 2xx
 * @param inFlight those that haven't ended
 * @param inputTokens of prompts
 * @param cachedTokens those of them that weren't read anew
 * @param outputTokens of answers
 */
public record Totals(
    long requests,
    long failed,
    long inFlight,
    long inputTokens,
    long cachedTokens,
    long outputTokens) {}
