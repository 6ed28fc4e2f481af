package ollama.gateway.balancer;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Asks one server from time to time, or when somebody wants to know, which models it has. */
final class InventoryKeeper extends ServerWorker {

  private static final System.Logger LOG = System.getLogger(InventoryKeeper.class.getName());

  /** However often somebody wants to know. */
  private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(500);

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Upstream server;
  private final InventorySource source;
  private volatile int intervalSeconds;

  InventoryKeeper(Upstream server, InventorySource source, int intervalSeconds) {
    this.server = server;
    this.source = source;
    this.intervalSeconds = intervalSeconds;
  }

  @Override
  void askedBy(Runnable ask) {
    server.stock().wakeBy(ask);
    server.stock().hurryBy(this::wake);
  }

  @Override
  void turn() {
    boolean hurried = server.stock().isHurried();
    server.stock().begin();
    boolean up = server.up();
    if (up) {
      look();
    }
    server.stock().end(up);
    if (server.up() && !hurried && !isStopped()) {
      server.stock().version(version());
    }
  }

  void reconfigure(int newIntervalSeconds) {
    intervalSeconds = newIntervalSeconds;
    wake();
  }

  /** Each list with a deadline of its own: the second may hang while a model is being loaded. */
  private void look() {
    Inventory before = server.stock().inventory();
    try {
      Optional<Set<String>> installed = before.installed();
      Optional<Set<String>> remote = before.remote();
      boolean toldInstalled = false;
      try {
        InventorySource.Listed listed = source.installed(server.server(), TIMEOUT);
        installed = listed.names();
        remote = Optional.of(listed.remote());
        toldInstalled = true;
      } catch (Probe.UnableException e) {
        return;
      } catch (ConnectException e) {
        // Sooner than its next check finds that.
        if (!isStopped()) {
          server.reportConnectFailure(String.valueOf(e.getMessage()));
        }
        return;
      } catch (IOException e) {
        // It may be busy: what it had is still the best guess.
      }
      Map<String, Integer> loaded = before.loaded();
      boolean toldLoaded = false;
      long askedNanos = System.nanoTime();
      try {
        loaded = source.loaded(server.server(), TIMEOUT);
        toldLoaded = true;
      } catch (IOException e) {
        // The same.
      }
      if (!isStopped()) {
        server.seen(
            new Inventory(installed, remote, loaded, toldInstalled, toldLoaded), askedNanos);
      }
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "asking for models failed: " + server.address(), e);
    }
  }

  /** Nobody waits for this one. */
  private Optional<Version> version() {
    try {
      return source.version(server.server(), TIMEOUT).flatMap(Version::of);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  long pauseNanos(boolean isAsked, double jitter) {
    if (server.stock().isHurried()) {
      return 0;
    }
    long pause = isAsked ? PAUSE_NANOS_MIN : TimeUnit.SECONDS.toNanos(intervalSeconds);
    return (long) (pause * (1 + CheckDelay.JITTER * jitter));
  }
}
