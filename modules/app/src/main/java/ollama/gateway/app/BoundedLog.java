package ollama.gateway.app;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A log for what clients can cause as often as they like: of each kind it takes a few lines a
 * second. How many more there were is told in one line when that second is over. Safe for any
 * number of threads; never blocks.
 */
final class BoundedLog {

  /** Lines of one kind a second. */
  static final int LINES_MAX = 5;

  /** Kinds are constants by design; this is for the day when they aren't. */
  private static final int KINDS_MAX = 100;

  private static final long PERIOD_NANOS = 1_000_000_000;

  /** What is known of one kind: its lines in this period, and those left out since the last. */
  private static final class Kind {
    private final AtomicLong periodBegan = new AtomicLong(System.nanoTime() - PERIOD_NANOS);
    private final AtomicLong lines = new AtomicLong();
    private final AtomicLong leftOut = new AtomicLong();

    boolean admits() {
      long now = System.nanoTime();
      long began = periodBegan.get();
      if (now - began >= PERIOD_NANOS && periodBegan.compareAndSet(began, now)) {
        lines.set(0);
      }
      // Read first: a flood must not make the count overflow, nor write to what all share.
      return lines.get() < LINES_MAX && lines.incrementAndGet() <= LINES_MAX;
    }
  }

  private final System.Logger log;
  private final System.Logger.Level sumsLevel;
  private final ConcurrentHashMap<String, Kind> kinds = new ConcurrentHashMap<>();
  private final AtomicBoolean summing = new AtomicBoolean();

  BoundedLog(System.Logger log) {
    this(log, System.Logger.Level.WARNING);
  }

  /** One whose sums aren't warnings. */
  BoundedLog(System.Logger log, System.Logger.Level sumsLevel) {
    this.log = log;
    this.sumsLevel = sumsLevel;
  }

  void warn(String kind, Supplier<String> message) {
    if (admits(kind)) {
      log.log(System.Logger.Level.WARNING, message.get());
    }
  }

  void error(String kind, String message, Throwable failure) {
    if (admits(kind)) {
      log.log(System.Logger.Level.ERROR, message, failure);
    }
  }

  /** Whether a line of this kind may be written now; else it is counted. */
  boolean admits(String name) {
    Kind kind = kind(name);
    if (kind.admits()) {
      return true;
    }
    kind.leftOut.incrementAndGet();
    if (summing.compareAndSet(false, true)) {
      startSumming();
    }
    return false;
  }

  private Kind kind(String name) {
    @Nullable Kind known = kinds.get(name);
    if (known != null) {
      return known;
    }
    return kinds.computeIfAbsent(kinds.size() < KINDS_MAX ? name : "other", _ -> new Kind());
  }

  /** On a thread of its own: it sleeps, and it is needed only in a flood. */
  private void startSumming() {
    try {
      Thread.ofPlatform().name("log-sums").daemon().start(this::sum);
    } catch (OutOfMemoryError e) {
      // No thread to be had: the next line that is left out tries again.
      summing.set(false);
    }
  }

  private void sum() {
    do {
      try {
        Thread.sleep(PERIOD_NANOS / 1_000_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      kinds.forEach(
          (name, kind) -> {
            long more = kind.leftOut.getAndSet(0);
            if (more > 0) {
              log.log(sumsLevel, "… " + more + " more like it: " + name);
            }
          });
      summing.set(false);
      // One that was left out after its kind's turn and before that line.
    } while (anyLeftOut() && summing.compareAndSet(false, true));
  }

  private boolean anyLeftOut() {
    return kinds.values().stream().anyMatch(kind -> kind.leftOut.get() > 0);
  }
}
