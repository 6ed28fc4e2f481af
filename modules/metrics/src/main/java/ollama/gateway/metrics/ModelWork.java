package ollama.gateway.metrics;

/**
 * What a model did for a request that it has answered.
 *
 * @param tokens what it read and wrote
 * @param times how long that took
 */
public record ModelWork(Tokens tokens, Times times) {

  /** A time that isn't known. */
  public static final long UNKNOWN = -1;

  /**
   * How much it read and wrote.
   *
   * @param input tokens of the prompt
   * @param cached how many of these weren't read anew
   * @param output tokens of the answer
   * @param estimated whether the server didn't say it, so that these are the gateway's guess
   */
  public record Tokens(long input, long cached, long output, boolean estimated) {}

  /**
   * How long it took, in nanoseconds; each may be {@link #UNKNOWN}.
   *
   * @param firstToken from the head of the request to the first token of a stream
   * @param load how long the model was loaded
   * @param prompt how long the prompt was read
   * @param generation how long the answer was written
   * @param stream from the first token of a stream to its end at the client
   */
  public record Times(long firstToken, long load, long prompt, long generation, long stream) {}
}
