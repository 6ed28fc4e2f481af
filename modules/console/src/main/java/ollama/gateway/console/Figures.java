package ollama.gateway.console;

/**
 * What was counted since the start.
 *
 * @param requests those that have ended
 * @param failed those of them that were answered with anything but 2xx
 * @param inputTokens of prompts
 * @param outputTokens of answers
 */
public record Figures(long requests, long failed, long inputTokens, long outputTokens) {

  /** Of nothing. */
  public static final Figures NONE = new Figures(0, 0, 0, 0);

  /** What was counted since then. */
  Figures since(Figures before) {
    return new Figures(
        requests - before.requests,
        failed - before.failed,
        inputTokens - before.inputTokens,
        outputTokens - before.outputTokens);
  }
}
