package ollama.gateway.balancer;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.config.LoadBalancerConfig;
import org.jspecify.annotations.Nullable;

/** Checks one server on a thread of its own until it is stopped, beginning at once. */
final class HealthChecker implements ServerThreads.Worker {

  private static final System.Logger LOG = System.getLogger(HealthChecker.class.getName());

  private final Upstream server;
  private final Probe probe;
  private final CheckDelay delay;
  private volatile LoadBalancerConfig config;
  private volatile boolean asked;
  private volatile boolean stopped;
  private volatile @Nullable Thread thread;

  HealthChecker(Upstream server, Probe probe, CheckDelay delay, LoadBalancerConfig config) {
    this.server = server;
    this.probe = probe;
    this.delay = delay;
    this.config = config;
  }

  @Override
  public void start(Thread own) {
    thread = own;
    server.wakeChecker(this::askNow);
    own.start();
  }

  @Override
  public void run() {
    while (!stopped) {
      check();
      rest();
    }
  }

  void reconfigure(LoadBalancerConfig newConfig) {
    config = newConfig;
    wake();
  }

  @Override
  public void stop() {
    server.wakeChecker(() -> {});
    stopped = true;
    Thread own = thread;
    if (own != null) {
      own.interrupt();
    }
  }

  @Override
  public boolean awaitEnd(Duration atMost) throws InterruptedException {
    Thread own = thread;
    return own == null || own.join(atMost);
  }

  private void check() {
    // Who asks from here on may have seen what this check didn't.
    asked = false;
    boolean upBefore = server.up();
    boolean healthy = false;
    Outage outage = Outage.UNHEALTHY;
    String outcome;
    try {
      LoadBalancerConfig now = config;
      int status =
          probe.status(
              server.address(),
              now.healthCheckEndpoint(),
              Duration.ofMillis(now.healthCheckTimeoutInMilliseconds()));
      healthy = status >= 200 && status <= 299;
      outcome = "status " + status;
    } catch (Probe.UnableException e) {
      // What was known of the server stays as good as it was.
      return;
    } catch (Error e) {
      // Nor was it the server's fault when this process is short of memory, or worse.
      LOG.log(System.Logger.Level.ERROR, "a health check failed: " + server.address(), e);
      return;
    } catch (IOException | RuntimeException e) {
      // A check that fails in a way nobody thought of is a failed check, not the last one.
      outage = outage(e);
      outcome = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
    if (stopped) {
      return;
    }
    if (healthy && upBefore && !server.up()) {
      // A connection was refused while this check was under way: what it saw is older than that.
      return;
    }
    if (healthy) {
      server.markUp("health check: " + outcome);
    } else {
      boolean _ = server.markDown(outage, "health check: " + outcome);
    }
  }

  private static Outage outage(Exception failure) {
    if (failure instanceof ConnectException) {
      return Outage.UNREACHABLE;
    }
    return failure instanceof IOException ? Outage.SILENT : Outage.UNHEALTHY;
  }

  /**
   * How long is asked anew after each waking, because health and settings may have changed. One
   * that somebody asks about is checked as soon as one that is down.
   */
  private void rest() {
    double jitter = ThreadLocalRandom.current().nextDouble(-1, 1);
    long begin = System.nanoTime();
    while (!stopped) {
      long rested = System.nanoTime() - begin;
      long left = delay.nanos(server.up() && !asked, config, jitter) - rested;
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
      // If it stayed set, parking would return at once from then on.
      boolean _ = Thread.interrupted();
    }
  }

  /** However many requests ask: the thread is woken once for each check. */
  private void askNow() {
    if (!asked) {
      asked = true;
      wake();
    }
  }

  private void wake() {
    LockSupport.unpark(thread);
  }
}
