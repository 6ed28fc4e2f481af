package ollama.gateway.balancer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;
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
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final Probe probe;
  private final ThreadFactory threads;
  private final CheckDelay delay;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Upstream, HealthChecker> checkers = new HashMap<>();
  private boolean closed;

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
    this.threads = threads;
    this.delay = delay;
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
    lock.lock();
    try {
      if (!closed) {
        stopAllBut(balancer.servers());
        balancer.servers().forEach(server -> watch(server, config));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stops watching: interrupts the checks under way and waits until their threads have ended, 2
   * seconds at most. Their results don't count any more. Not to be called on an event loop.
   */
  @Override
  public void close() {
    List<HealthChecker> ending;
    lock.lock();
    try {
      closed = true;
      ending = List.copyOf(checkers.values());
      stopAllBut(List.of());
    } finally {
      lock.unlock();
    }
    awaitEnd(ending);
  }

  private void watch(Upstream server, LoadBalancerConfig config) {
    HealthChecker known = checkers.get(server);
    if (known != null) {
      known.reconfigure(config);
      return;
    }
    HealthChecker checker = new HealthChecker(server, probe, delay, config);
    Thread thread = threads.newThread(checker);
    thread.setName("health-check-" + server.address());
    checkers.put(server, checker);
    checker.start(thread);
  }

  private void stopAllBut(List<Upstream> staying) {
    Iterator<Map.Entry<Upstream, HealthChecker>> watched = checkers.entrySet().iterator();
    while (watched.hasNext()) {
      Map.Entry<Upstream, HealthChecker> next = watched.next();
      if (!staying.contains(next.getKey())) {
        next.getValue().stop();
        watched.remove();
      }
    }
  }

  private static void awaitEnd(List<HealthChecker> ending) {
    long begin = System.nanoTime();
    try {
      for (HealthChecker checker : ending) {
        Duration left = CLOSE_TIMEOUT.minusNanos(System.nanoTime() - begin);
        if (!checker.awaitEnd(left)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
