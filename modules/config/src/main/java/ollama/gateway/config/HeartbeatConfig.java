package ollama.gateway.config;

/**
 * Signs of life for clients that wait for the first token of a stream: bytes that their programs
 * read over.
 *
 * @param afterSeconds after how long without a byte a client gets one, and after how long another;
 *     from the first on the answer has the status 200, and an error comes in the stream; 0 (never)
 *     to 3600; default 0
 */
public record HeartbeatConfig(int afterSeconds) {

  static final Bounds AFTER_SECONDS = new Bounds(0, 3600, "never");

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if the number is out of its bounds
   */
  public HeartbeatConfig {
    AFTER_SECONDS.check("afterSeconds", afterSeconds);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return no signs of life
   */
  public static HeartbeatConfig defaults() {
    return new HeartbeatConfig(0);
  }

  /** What stands in the file, or the default of what doesn't. */
  static HeartbeatConfig read(Block block) {
    return new HeartbeatConfig(
        block.whole("afterSeconds", defaults().afterSeconds(), AFTER_SECONDS));
  }
}
