package ollama.gateway.ollama;

/**
 * What an answer says of itself at its end. A number that isn't there is {@value #ABSENT}; Ollama
 * leaves out those that are 0.
 *
 * @param totalNanos from the request's arrival to the answer's end
 * @param loadNanos how much of it the model was being loaded
 * @param prefill the reading of the prompt, of which what was cached is no part
 * @param decode the writing of the answer
 * @param cachedTokens how many tokens of the prompt were cached
 * @param doneReason of a native answer: {@code stop}, {@code length}, {@code load}, {@code unload};
 *     else empty
 */
public record FinalNumbers(
    long totalNanos,
    long loadNanos,
    Phase prefill,
    Phase decode,
    long cachedTokens,
    String doneReason) {
  /** A number that isn't there. */
  public static final long ABSENT = -1;

  /** An answer that says nothing. */
  public static final FinalNumbers NONE =
      new FinalNumbers(ABSENT, ABSENT, Phase.NONE, Phase.NONE, ABSENT, "");

  /** How much of an answer's end is looked at. */
  public static final int TAIL_BYTES_MAX = 65_536;

  /**
   * A phase of an answer.
   *
   * @param tokens how many were read or written
   * @param nanos how long that took
   */
  public record Phase(long tokens, long nanos) {
    /** A phase of which nothing is said. */
    public static final Phase NONE = new Phase(ABSENT, ABSENT);
  }

  /**
   * Reads an answer's end.
   *
   * @param isStreamed whether the answer is a stream, of lines of JSON or of events
   * @param tail the answer's last bytes, decoded; if these are more than {@link #TAIL_BYTES_MAX},
   *     the last of them count
   * @param length how many bytes there are
   * @return never null; {@link #NONE} where the route says nothing or the answer was cut
   */
  public static FinalNumbers of(Route route, boolean isStreamed, byte[] tail, int length) {
    return new FinalNumbersReader(tail, Math.max(0, length - TAIL_BYTES_MAX), length)
        .read(route, isStreamed);
  }

  /** How many tokens the prompt has, as far as it wasn't cached where the server tells that. */
  public long promptTokens() {
    return prefill.tokens();
  }

  /** How many tokens were written. */
  public long completionTokens() {
    return decode.tokens();
  }

  /**
   * About how long the request waited for its turn, in nanoseconds, at least 0: what is left of the
   * total. {@value #ABSENT} if there is no total.
   */
  public long waitedNanos() {
    if (totalNanos < 0) {
      return ABSENT;
    }
    long worked = orZero(loadNanos) + orZero(prefill.nanos()) + orZero(decode.nanos());
    return Math.max(0, totalNanos - worked);
  }

  private static long orZero(long nanos) {
    return Math.max(0, nanos);
  }
}
