package ollama.gateway.balancer;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Asks one server from time to time, or when somebody wants to know, which models it has. */
final class InventoryKeeper implements ServerThreads.Worker {

  private static final System.Logger LOG = System.getLogger(InventoryKeeper.class.getName());

  /** However often somebody wants to know. */
  private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(500);

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Upstream server;
  private final InventorySource source;
  private volatile int intervalSeconds;
  private volatile boolean asked;
  private volatile boolean stopped;
  private volatile @Nullable Thread thread;

  InventoryKeeper(Upstream server, InventorySource source, int intervalSeconds) {
    this.server = server;
    this.source = source;
    this.intervalSeconds = intervalSeconds;
  }

  @Override
  public void start(Thread own) {
    thread = own;
    server.stock().wakeBy(this::askNow);
    own.start();
  }

  @Override
  public void run() {
    while (!stopped) {
      // Who asks from here on may know of something that this look doesn't see.
      asked = false;
      server.stock().begin();
      if (server.up()) {
        look();
      }
      server.stock().end();
      rest();
    }
  }

  void reconfigure(int newIntervalSeconds) {
    intervalSeconds = newIntervalSeconds;
    LockSupport.unpark(thread);
  }

  @Override
  public void stop() {
    server.stock().wakeBy(() -> {});
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

  /** Each list with a deadline of its own: the second may hang while a model is being loaded. */
  private void look() {
    Inventory before = server.stock().inventory();
    try {
      Optional<Set<String>> installed = before.installed();
      try {
        installed = Optional.of(source.installed(server.address(), TIMEOUT));
      } catch (Probe.UnableException e) {
        return;
      } catch (IOException e) {
        // It may be busy, or be no Ollama server at all: what isn't known keeps nobody away.
        installed = Optional.empty();
      }
      Map<String, Integer> loaded = before.loaded();
      try {
        loaded = source.loaded(server.address(), TIMEOUT);
      } catch (IOException e) {
        // What was loaded is still the best guess.
      }
      if (!stopped) {
        server.stock().inventory(new Inventory(installed, loaded));
      }
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "asking for models failed: " + server.address(), e);
    }
  }

  private void rest() {
    double jitter = 1 + CheckDelay.JITTER * ThreadLocalRandom.current().nextDouble(-1, 1);
    long begin = System.nanoTime();
    while (!stopped) {
      long pause = asked ? PAUSE_NANOS_MIN : TimeUnit.SECONDS.toNanos(intervalSeconds);
      long left = (long) (pause * jitter) - (System.nanoTime() - begin);
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
      // If it stayed set, parking would return at once from then on.
      boolean _ = Thread.interrupted();
    }
  }

  private void askNow() {
    if (!asked) {
      asked = true;
      LockSupport.unpark(thread);
    }
  }
}
