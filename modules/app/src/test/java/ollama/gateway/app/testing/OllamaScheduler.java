package ollama.gateway.app.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What goes on in an {@link OllamaLike}: whatever needs a load goes through one queue, and loads
 * are one after another; a model that has to go must be idle first; a loaded model has slots, and a
 * line of its own.
 */
final class OllamaScheduler {

  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long FOR_EVER_NANOS = TimeUnit.DAYS.toNanos(1);

  private final OllamaTraits traits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<OllamaRunner> loaded = new ArrayList<>();

  /** Those that need a load, the one under way included. */
  private final Deque<OllamaJob> pending = new ArrayDeque<>();

  /** The one for which a model is being loaded. */
  private @Nullable OllamaJob loading;

  private long loadNanos;
  private boolean paused;
  private boolean holding;
  private boolean closed;

  /** What was seen so far; for {@link #look} and {@link #await(String, BooleanSupplier)}. */
  final OllamaCounts counts = new OllamaCounts();

  OllamaScheduler(OllamaTraits traits) {
    this.traits = traits;
    loadNanos = TimeUnit.MILLISECONDS.toNanos(traits.loadMillis);
    Thread _ = Thread.ofVirtual().name("loads").start(this::loads);
  }

  /**
   * A request came.
   *
   * @return false if too many need a load
   */
  boolean enter(OllamaJob job) {
    lock.lock();
    try {
      counts.came++;
      expire();
      OllamaRunner there = runner(job.ask.model());
      if (there != null && there.fits(job.ask)) {
        grant(job, there);
      } else if (pending.size() < traits.maxQueue) {
        pending.add(job);
      } else {
        counts.refused++;
        return false;
      }
      counts.held(job.ask.model(), 1);
      return true;
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }

  /** Waits until its model is loaded. */
  void awaitModel(OllamaJob job) throws IOException {
    await(() -> job.runner != null, job.gone);
  }

  /** Waits for a slot. */
  void awaitSlot(OllamaJob job) throws IOException {
    lock.lock();
    try {
      OllamaRunner runner = Objects.requireNonNull(job.runner);
      await(() -> runner.line.peek() == job && runner.running < traits.slots, job.gone);
      OllamaJob _ = runner.line.remove();
      job.runs = true;
      job.cachedTokens = runner.cachedTokens(job.ask.prompt());
      job.startedNanos = System.nanoTime();
      counts.running(runner.model, 1);
      counts.begins(job.ask.prompt(), job.cachedTokens);
      runner.running++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Works until a time; longer while this server is paused. */
  void work(OllamaJob job, long untilNanos) throws IOException {
    await(() -> System.nanoTime() - untilNanos >= 0, job.gone, untilNanos);
  }

  /** Waits as long as answers are held. */
  void awaitRelease(OllamaJob job) throws IOException {
    await(() -> !holding, job.gone);
  }

  /** The prompt with its answer is what the model has read last. */
  void keep(OllamaJob job, List<String> prompt) {
    lock.lock();
    try {
      Objects.requireNonNull(job.runner).keep(prompt, traits.promptsKept);
    } finally {
      lock.unlock();
    }
  }

  /** It is over, one way or another. */
  void leave(OllamaJob job, boolean served) {
    lock.lock();
    try {
      boolean _ = pending.remove(job);
      OllamaRunner runner = job.runner;
      if (runner != null) {
        boolean _ = runner.line.remove(job);
        if (job.runs) {
          runner.running--;
          counts.running(runner.model, -1);
        }
        if (runner.idle()) {
          runner.used();
          expire();
        }
      }
      counts.held(job.ask.model(), -1);
      counts.served += served ? 1 : 0;
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }

  /** Lets a model go when it is idle. */
  void unload(String model) {
    lock.lock();
    try {
      OllamaRunner runner = runner(model);
      if (runner != null) {
        runner.keepAliveNanos = 0;
        runner.used();
        expire();
      }
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }

  /** The models that are loaded now; one that is being loaded isn't there. */
  List<OllamaRunner> loaded() {
    return look(
        () -> {
          expire();
          return List.copyOf(loaded);
        });
  }

  boolean isLoading() {
    return loading != null;
  }

  /**
   * Waits until this holds and the server runs.
   *
   * @param gone whether whoever waits has left
   * @throws EOFException if so
   */
  void await(BooleanSupplier holds, BooleanSupplier gone) throws IOException {
    await(holds, gone, System.nanoTime() + FOR_EVER_NANOS);
  }

  /** Waits until this holds; it is looked at whenever something has changed. */
  void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + WAIT_NANOS;
    lock.lock();
    try {
      while (!holds.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("not in a minute: " + what + "; " + counts);
        }
        long _ = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } finally {
      lock.unlock();
    }
  }

  <T> T look(Supplier<T> at) {
    lock.lock();
    try {
      return at.get();
    } finally {
      lock.unlock();
    }
  }

  void pause(boolean on) {
    change(() -> paused = on);
  }

  void hold(boolean on) {
    change(() -> holding = on);
  }

  void loadMillis(long millis) {
    change(() -> loadNanos = TimeUnit.MILLISECONDS.toNanos(millis));
  }

  void close() {
    change(() -> closed = true);
  }

  /** Something that is waited for may hold now. */
  void change(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }

  private void await(BooleanSupplier holds, BooleanSupplier gone, long untilNanos)
      throws IOException {
    lock.lock();
    try {
      while (paused || !holds.getAsBoolean()) {
        // Who has left is noticed when the server runs again.
        if (closed || (!paused && gone.getAsBoolean())) {
          throw new EOFException("the client left");
        }
        long _ = changed.awaitNanos(paused ? WAIT_NANOS : untilNanos - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable OllamaRunner runner(String model) {
    return loaded.stream().filter(r -> r.model.equals(model)).findFirst().orElse(null);
  }

  private void grant(OllamaJob job, OllamaRunner runner) {
    job.runner = runner;
    job.loadedNanos = System.nanoTime();
    runner.line.add(job);
    runner.keepAliveNanos = job.ask.keepAliveNanos().orElse(runner.keepAliveNanos);
  }

  private void expire() {
    long now = System.nanoTime();
    loaded.removeIf(runner -> runner.idle() && now - runner.expiresNanos >= 0);
  }

  private void loads() {
    lock.lock();
    try {
      while (!closed) {
        OllamaJob next = pending.peek();
        if (paused || next == null || !hasRoom(next)) {
          changed.await();
        } else {
          load(next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Whether its model can be loaded now; makes the room that it takes. */
  private boolean hasRoom(OllamaJob job) {
    expire();
    OllamaRunner same = runner(job.ask.model());
    if (same != null) {
      return same.fits(job.ask) || (same.idle() && loaded.remove(same));
    }
    return loaded.size() < traits.maxLoaded
        || loaded.stream()
            .filter(OllamaRunner::idle)
            .min(Comparator.comparingLong(r -> r.expiresNanos))
            .map(loaded::remove)
            .orElse(false);
  }

  private void load(OllamaJob job) throws InterruptedException {
    OllamaRunner runner = runner(job.ask.model());
    if (runner == null) {
      loading = job;
      changed.signalAll();
      boolean done = spend(job);
      loading = null;
      changed.signalAll();
      if (!done) {
        counts.aborted++;
        return;
      }
      counts.loads++;
      long keepAlive = TimeUnit.MILLISECONDS.toNanos(traits.keepAliveMillis);
      runner = new OllamaRunner(job.ask, keepAlive);
      loaded.add(runner);
    }
    OllamaRunner there = runner;
    // Those that came while it was being loaded go on with it, whoever stands between.
    List<OllamaJob> all = pending.stream().filter(p -> there.fits(p.ask)).toList();
    boolean _ = pending.removeAll(all);
    all.forEach(each -> grant(each, there));
  }

  /** Spends the time of a load, which may change meanwhile; false if the client left. */
  private boolean spend(OllamaJob job) throws InterruptedException {
    long start = System.nanoTime();
    long left = loadNanos;
    while (!closed && (paused || left > 0) && pending.contains(job)) {
      long _ = changed.awaitNanos(paused ? WAIT_NANOS : left);
      left = loadNanos - (System.nanoTime() - start);
    }
    return !closed && pending.contains(job);
  }
}
