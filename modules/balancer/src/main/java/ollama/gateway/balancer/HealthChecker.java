package ollama.gateway.balancer;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import ollama.gateway.config.LoadBalancerConfig;

/** Checks one server on a thread of its own until it is stopped, beginning at once. */
final class HealthChecker extends ServerWorker {

  private static final System.Logger LOG = System.getLogger(HealthChecker.class.getName());

  private final Upstream server;
  private final Probe probe;
  private final CheckDelay delay;
  private volatile LoadBalancerConfig config;

  HealthChecker(Upstream server, Probe probe, CheckDelay delay, LoadBalancerConfig config) {
    this.server = server;
    this.probe = probe;
    this.delay = delay;
    this.config = config;
  }

  void reconfigure(LoadBalancerConfig newConfig) {
    config = newConfig;
    wake();
  }

  @Override
  void askedBy(Runnable ask) {
    server.wakeChecker(ask);
  }

  @Override
  void turn() {
    boolean upBefore = server.up();
    boolean healthy = false;
    Outage outage = Outage.UNHEALTHY;
    String outcome;
    try {
      LoadBalancerConfig now = config;
      int status =
          probe.status(
              server.server(),
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
    if (isStopped()) {
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

  /** One that somebody asks about is checked as soon as one that is down. */
  @Override
  long pauseNanos(boolean isAsked, double jitter) {
    return delay.nanos(server.up() && !isAsked, config, jitter);
  }
}
