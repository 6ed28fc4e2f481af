package ollama.gateway.config;

/**
 * How many requests a key may make: at most {@code maxRequests} in any {@code timeWindowSeconds},
 * wherever they come from. It holds instead of the general {@code rateLimit}, enabled or not. A
 * request that is refused doesn't count.
 *
 * @param maxRequests requests that are let through in any window, 0 (as the general limit says) to
 *     1000000; default 0
 * @param timeWindowSeconds the length of the window, 1 to 2678400; default 60
 */
public record KeyRateLimitConfig(int maxRequests, int timeWindowSeconds) {

  static final Bounds REQUESTS = new Bounds(0, 1_000_000, "as the general limit says");
  static final Bounds WINDOW_SECONDS = RateLimitConfig.secondsBounds(true);

  /** Of a key for which the general limit holds. */
  public static final KeyRateLimitConfig NONE = new KeyRateLimitConfig(0, 60);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public KeyRateLimitConfig {
    REQUESTS.check("maxRequests", maxRequests);
    WINDOW_SECONDS.check("timeWindowSeconds", timeWindowSeconds);
  }

  /** Whether it says anything. */
  public boolean isNone() {
    return maxRequests == 0;
  }

  /** The same as a limit by key. */
  public RateLimitConfig asLimit() {
    return new RateLimitConfig(maxRequests, timeWindowSeconds, true, RateLimitConfig.KEY);
  }

  /** What stands in a key's entry, or the default of what doesn't. */
  static KeyRateLimitConfig read(Block key) {
    if (key.value(Section.KEY_RATE_LIMIT.path()).isEmpty()) {
      return NONE;
    }
    Block block = key.block(Section.KEY_RATE_LIMIT);
    return new KeyRateLimitConfig(
        block.whole("maxRequests", NONE.maxRequests, REQUESTS),
        block.whole("timeWindowSeconds", NONE.timeWindowSeconds, WINDOW_SECONDS));
  }
}
