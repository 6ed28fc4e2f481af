package ollama.gateway.config;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How many requests one client may make: at most {@code maxRequests} in any {@code
 * timeWindowSeconds}. A client is an IPv4 address or an IPv6 /64, or a key. A request that is
 * refused doesn't count. What a key says in a {@code rateLimit} of its own holds for that key
 * instead, {@code by} apart.
 *
 * @param maxRequests requests that are let through in any window, 1 to 1000000 or 0 while {@code
 *     enabled} is false; default 100
 * @param timeWindowSeconds the length of the window, 1 to 2678400 or 0 while {@code enabled} is
 *     false; default 60
 * @param enabled whether the limit holds; default false
 * @param by who counts as a client: {@code address} or {@code key}; default {@code address}
 */
public record RateLimitConfig(int maxRequests, int timeWindowSeconds, boolean enabled, String by) {

  /** See {@link #by}. */
  public static final String ADDRESS = "address";

  /** See {@link #by}. */
  public static final String KEY = "key";

  private static final Pattern BY = Pattern.compile("address|key");

  private static final int REQUESTS_MAX = 1_000_000;
  private static final int SECONDS_MAX = 31 * 86_400;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public RateLimitConfig {
    requestsBounds(enabled).check("maxRequests", maxRequests);
    secondsBounds(enabled).check("timeWindowSeconds", timeWindowSeconds);
    checkBy(by);
  }

  /**
   * A limit by address.
   *
   * @param maxRequests requests that are let through in any window
   * @param timeWindowSeconds the length of the window
   * @param enabled whether the limit holds
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public RateLimitConfig(int maxRequests, int timeWindowSeconds, boolean enabled) {
    this(maxRequests, timeWindowSeconds, enabled, ADDRESS);
  }

  private static String checkBy(String by) {
    if (!BY.matcher(by).matches()) {
      throw new IllegalArgumentException("expected \"address\" or \"key\"");
    }
    return by;
  }

  static Bounds requestsBounds(boolean enabled) {
    return Bounds.of(enabled ? 1 : 0, REQUESTS_MAX);
  }

  static Bounds secondsBounds(boolean enabled) {
    return Bounds.of(enabled ? 1 : 0, SECONDS_MAX);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return 100 requests in 60 seconds, switched off
   */
  public static RateLimitConfig defaults() {
    return new RateLimitConfig(100, 60, false);
  }

  /** What stands in the file, or the default of what doesn't. */
  static RateLimitConfig read(Block block) {
    RateLimitConfig defaults = defaults();
    Optional<Json> maxRequests = block.value("maxRequests");
    if (maxRequests.isPresent() && block.value("enabled").isEmpty()) {
      block
          .values()
          .problems()
          .warning(
              block.pathOf("enabled"),
              maxRequests.get().start(),
              "there is no rate limit until \"enabled\": true is written beside this");
    }
    boolean enabled = block.flag("enabled", defaults.enabled());
    return new RateLimitConfig(
        block.whole("maxRequests", defaults.maxRequests(), requestsBounds(enabled)),
        block.whole("timeWindowSeconds", defaults.timeWindowSeconds(), secondsBounds(enabled)),
        enabled,
        block.text("by", defaults.by(), RateLimitConfig::checkBy));
  }
}
