package ollama.gateway.balancer;

import java.util.concurrent.ThreadFactory;
import ollama.gateway.config.LoadBalancerConfig;

/**
 * Checks every server from time to time, each on a thread of its own, so that a slow one holds up
 * no other. The first check is made at once, the next {@code healthCheckIntervalInSeconds} after
 * the end of the last; a server that is down is checked every second until it is back; times vary
 * by 10 % either way. One that a request reports as silent is checked at once, though not within a
 * second of its last check. A status of 2xx is healthy; any other, or none in {@code
 * healthCheckTimeoutInMilliseconds}, marks the server down.
 */
public final class HealthMonitor implements AutoCloseable {

  private final Probe probe;
  private final CheckDelay delay;
  private final ServerThreads<HealthChecker> checkers;

  /**
   * Makes a monitor that watches nothing yet.
   *
   * @param probe asks a server; called on the threads of {@code threads}
   * @param threads makes a thread for each server, best a virtual one. It must not be carried by an
   *     event loop, whoever calls {@link #watch}: a virtual thread inherits the scheduler of the
   *     virtual thread that makes it, so the factory has to do that on a platform thread, unless
   *     {@link #watch} is only ever called on one
   */
  public HealthMonitor(Probe probe, ThreadFactory threads) {
    this(probe, threads, CheckDelay.configured());
  }

  HealthMonitor(Probe probe, ThreadFactory threads, CheckDelay delay) {
    this.probe = probe;
    this.delay = delay;
    this.checkers = new ServerThreads<>("health-check", threads);
  }

  /**
   * Watches these servers and no others from now on, by these settings. Servers that were watched
   * already go on in their rhythm, which follows the new settings at once; those that aren't in the
   * balancer any more are left alone. Never waits; does nothing once closed.
   *
   * @param balancer whose servers to watch
   * @param config how
   */
  public void watch(Balancer balancer, LoadBalancerConfig config) {
    checkers.watch(
        balancer.servers(),
        server -> new HealthChecker(server, probe, delay, config),
        known -> known.reconfigure(config));
  }

  /**
   * Stops watching: interrupts the checks under way and waits until their threads have ended, 2
   * seconds at most. Their results don't count any more. Not to be called on an event loop.
   */
  @Override
  public void close() {
    checkers.close();
  }
}
