package ollama.gateway.proxy;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Bounds how much is tried again, so that servers that fail from too much work don't get still
 * more: within a minute ten times, and besides for a fifth of the requests. Safe for any number of
 * threads; requests that aren't tried again wait for no lock.
 */
final class RetryBudget {

  private static final int AT_LEAST = 10;
  private static final double SHARE = 0.2;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** About a second. */
  private static final class Second {
    final long sinceNanos;

    /** How many requests there were ever before. */
    final long requestsBefore;

    int retries;

    Second(long sinceNanos, long requestsBefore) {
      this.sinceNanos = sinceNanos;
      this.requestsBefore = requestsBefore;
    }
  }

  private final LongAdder requests = new LongAdder();
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();

  /** When the latest second began. */
  private volatile long latestNanos;

  // Guarded by the lock: those of the last minute, in order, and the sum of their retries.
  private final ArrayDeque<Second> seconds = new ArrayDeque<>();
  private long spent;

  RetryBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    latestNanos = nanoTime.getAsLong() - SECOND_NANOS;
  }

  /** There is one more request. */
  void request() {
    long now = nanoTime.getAsLong();
    if (now - latestNanos >= SECOND_NANOS && lock.tryLock()) {
      try {
        Second _ = latest(now);
      } finally {
        lock.unlock();
      }
    }
    requests.increment();
  }

  /** Whether one more may be tried again, which is counted then. */
  boolean take() {
    lock.lock();
    try {
      Second latest = latest(nanoTime.getAsLong());
      long inWindow = requests.sum() - seconds.getFirst().requestsBefore;
      boolean isWithin = spent + 1 <= AT_LEAST + SHARE * inWindow;
      if (isWithin) {
        latest.retries++;
        spent++;
      }
      return isWithin;
    } finally {
      lock.unlock();
    }
  }

  /** The second that it is, after what is too long ago was forgotten. */
  private Second latest(long now) {
    while (!seconds.isEmpty() && now - seconds.getFirst().sinceNanos > WINDOW_NANOS) {
      spent -= seconds.removeFirst().retries;
    }
    Second latest = seconds.peekLast();
    if (latest == null || now - latest.sinceNanos >= SECOND_NANOS) {
      latest = new Second(now, requests.sum());
      seconds.addLast(latest);
      latestNanos = now;
    }
    return latest;
  }
}
