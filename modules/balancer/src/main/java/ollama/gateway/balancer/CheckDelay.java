package ollama.gateway.balancer;

import java.util.concurrent.TimeUnit;
import ollama.gateway.config.LoadBalancerConfig;

/** How long a server is left alone between two checks. */
@FunctionalInterface
interface CheckDelay {
  /** So that the servers of many gateways that started together aren't checked together. */
  double JITTER = 0.1;

  /**
   * From the end of a check to the begin of the next.
   *
   * @param up whether the server is up now, and nobody has asked for a check since the last
   * @param config the settings now
   * @param jitter from -1 to 1, another one for each check
   * @return nanoseconds
   */
  long nanos(boolean up, LoadBalancerConfig config, double jitter);

  /**
   * As configured; a server that is down is wanted back soon, and one that is silent known soon, so
   * every second.
   */
  static CheckDelay configured() {
    return (up, config, jitter) -> {
      int seconds = up ? config.healthCheckIntervalInSeconds() : 1;
      return (long) (TimeUnit.SECONDS.toNanos(seconds) * (1 + JITTER * jitter));
    };
  }
}
