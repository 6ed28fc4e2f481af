package ollama.gateway.metrics;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is not counted along the way but read at each scrape. Called by the thread that scrapes, so
 * it must be safe from any; a value that nobody provides is left at its default here.
 */
public interface LiveState {

  /** So many of {@link #quotas} are told. */
  int QUOTAS_MAX = 1_000;

  /** So many of {@link #rateLimits} are told. */
  int RATE_LIMITS_MAX = 1_000;

  /** Knows nothing: all defaults. */
  LiveState NONE = new LiveState() {};

  /**
   * The number of keys that are accepted now.
   *
   * @return 0 or more
   */
  default int apiKeys() {
    return 0;
  }

  /**
   * The servers of the settings now.
   *
   * @return no two of the same address
   */
  default List<UpstreamState> upstreams() {
    return List.of();
  }

  /**
   * The number of open client connections.
   *
   * @return 0 or more
   */
  default long clientConnections() {
    return 0;
  }

  /**
   * The number of requests that wait for a server.
   *
   * @return 0 or more
   */
  default long queueWaiting() {
    return 0;
  }

  /**
   * The number of requests that wait for a server, by their class.
   *
   * @return each class, also those in which nobody waits
   */
  default Map<String, Integer> queueWaitingByPriority() {
    return Map.of();
  }

  /**
   * How much of their quotas keys have used.
   *
   * @return one for each key and window with a quota; the first {@link #QUOTAS_MAX} are told, and
   *     more needn't be found out
   */
  default List<QuotaUse> quotas() {
    return List.of();
  }

  /**
   * How much keys have left of rate limits that count by key.
   *
   * @return one for each key that has such a limit; the first {@link #RATE_LIMITS_MAX} are told,
   *     and more needn't be found out
   */
  default List<RateLimitUse> rateLimits() {
    return List.of();
  }

  /**
   * Whether what keys use will be known after a restart.
   *
   * @return false while nothing can be written
   */
  default boolean usageIsPersistent() {
    return false;
  }

  /**
   * For how long something of it has been waiting to be written.
   *
   * @return seconds; 0 if all is written
   */
  default double usageUnwrittenSeconds() {
    return 0;
  }

  /**
   * Until when the certificates are good that clients are shown.
   *
   * @return by what each is called; empty where TLS isn't spoken
   */
  default Map<String, Instant> certificatesGoodUntil() {
    return Map.of();
  }

  /**
   * The longest time for which one task held an event loop lately. Several may scrape, so reading
   * it must not begin it anew.
   *
   * @return seconds
   */
  default double eventLoopLongestTaskSeconds() {
    return 0;
  }

  /**
   * The number of tasks that failed on event loops since the start, by mistakes of the gateway.
   *
   * @return 0 or more
   */
  default long eventLoopFailures() {
    return 0;
  }

  /**
   * What carries the virtual threads of connections.
   *
   * @return such as {@code event-loop} or {@code jdk}
   */
  default String scheduler() {
    return "unknown";
  }

  /**
   * What the system is asked with.
   *
   * @return such as {@code io_uring} or {@code nio}
   */
  default String io() {
    return "unknown";
  }

  /**
   * Why that isn't io_uring.
   *
   * @return empty if it is
   */
  default String whyNotUring() {
    return "";
  }

  /**
   * The version of the gateway.
   *
   * @return as in its releases
   */
  default String version() {
    return "unknown";
  }
}
