package ollama.gateway.balancer.dispatch;

/**
 * What Ollama says of an answer at its end. Each may be absent, which is {@link #ABSENT}.
 *
 * @param totalNanos from the request to the end
 * @param loadNanos until the model was there
 * @param promptEvalNanos for the part of the prompt that wasn't cached
 * @param evalNanos for the answer
 * @param promptTokens the prompt's size, cached or not
 * @param outputTokens the answer's size
 */
public record FinalNumbers(
    long totalNanos,
    long loadNanos,
    long promptEvalNanos,
    long evalNanos,
    int promptTokens,
    int outputTokens) {
  /** Where a number is missing. */
  public static final int ABSENT = -1;

  /** Of an answer that has none. */
  public static final FinalNumbers NONE =
      new FinalNumbers(ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT);

  /** A look at what is loaded takes less, also on a slow machine. */
  private static final long LOAD_NANOS_MIN = 100_000_000;

  /** Whether it says that its model may have been loaded for it; else it was there. */
  public boolean mayHaveLoaded() {
    return loadNanos >= LOAD_NANOS_MIN;
  }

  /** Whether it can be told how long the request waited for a slot. */
  boolean tellWait() {
    return totalNanos > 0 && loadNanos >= 0 && promptEvalNanos >= 0 && evalNanos >= 0;
  }

  /** How long it waited for a slot; only where {@link #tellWait}. */
  long waitNanos() {
    return Math.max(0, totalNanos - loadNanos - promptEvalNanos - evalNanos);
  }
}
