package ollama.gateway.config;

/**
 * The line in which requests for a model wait while no server has room for them. Whoever leaves
 * gives up his place at once.
 *
 * @param maxWaiting how many may wait; who comes then gets a 503 that says when to come again; 0 to
 *     100000, of which 0 is nobody; default 512
 * @param maxWaitSeconds how long a request may wait before it gets a 503, 1 to 86400; default 3600
 */
public record QueueConfig(int maxWaiting, int maxWaitSeconds) {

  static final Bounds WAITING = Bounds.of(0, 100_000);
  static final Bounds WAIT_SECONDS = Bounds.of(1, 86_400);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public QueueConfig {
    WAITING.check("maxWaiting", maxWaiting);
    WAIT_SECONDS.check("maxWaitSeconds", maxWaitSeconds);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return 512 requests, for an hour at most
   */
  public static QueueConfig defaults() {
    return new QueueConfig(512, 3600);
  }

  /** What stands in the file, or the default of what doesn't. */
  static QueueConfig read(Block block) {
    QueueConfig defaults = defaults();
    return new QueueConfig(
        block.whole("maxWaiting", defaults.maxWaiting(), WAITING),
        block.whole("maxWaitSeconds", defaults.maxWaitSeconds(), WAIT_SECONDS));
  }
}
