package ollama.gateway.proxy;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Bounds how much is tried again, so that servers that fail from too much work don't get still
 * more: within a minute ten times, and besides for a fifth of the requests. Safe for any number of
 * threads; requests that aren't tried again share no lock.
 */
final class RetryBudget {

  private static final int AT_LEAST = 10;
  private static final double SHARE = 0.2;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** What was tried again within about a second. */
  private static final class Retries {
    final long sinceNanos;

    /** How many requests there were ever before. */
    final long requestsBefore;

    int count;

    Retries(long sinceNanos, long requestsBefore) {
      this.sinceNanos = sinceNanos;
      this.requestsBefore = requestsBefore;
    }
  }

  private final LongAdder requests = new LongAdder();
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock: those of the last minute, in order, and their sum.
  private final ArrayDeque<Retries> retries = new ArrayDeque<>();
  private long spent;

  RetryBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** There is one more request. */
  void request() {
    requests.increment();
  }

  /** Whether one more may be tried again, which is counted then. */
  boolean take() {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      long all = requests.sum();
      forgetBefore(now - WINDOW_NANOS);
      long before = retries.isEmpty() ? all : retries.getFirst().requestsBefore;
      if (spent + 1 > AT_LEAST + SHARE * (all - before)) {
        return false;
      }
      if (retries.isEmpty() || now - retries.getLast().sinceNanos >= SECOND_NANOS) {
        retries.addLast(new Retries(now, all));
      }
      retries.getLast().count++;
      spent++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void forgetBefore(long nanos) {
    while (!retries.isEmpty() && retries.getFirst().sinceNanos - nanos < 0) {
      spent -= retries.removeFirst().count;
    }
  }
}
