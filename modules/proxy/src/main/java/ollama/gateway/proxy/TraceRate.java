package ollama.gateway.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** So many traces in one second, and no more. For any number of threads; never blocks. */
final class TraceRate {

  private static final int COUNT_BITS = 20;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

  private final int max;

  /** The second, and how many there were in it. */
  private final AtomicLong state = new AtomicLong();

  /**
   * A rate.
   *
   * @param max in one second, less than 2^20; 0 for any number
   */
  TraceRate(int max) {
    this.max = max;
  }

  /**
   * Whether one more may be made now, which then counts.
   *
   * @param isTrusted whether it is of a request with a key; those of others are half as many at
   *     most
   */
  boolean admits(long nanoTime, boolean isTrusted) {
    if (max == 0) {
      return true;
    }
    long second = TimeUnit.NANOSECONDS.toSeconds(nanoTime) << COUNT_BITS;
    long before = state.get();
    // Another may come between; that one was admitted then.
    while (true) {
      long count = (before & ~COUNT_MASK) == second ? before & COUNT_MASK : 0;
      if (count >= (isTrusted ? max : (max + 1) / 2)) {
        return false;
      }
      long found = state.compareAndExchange(before, second | (count + 1));
      if (found == before) {
        return true;
      }
      before = found;
    }
  }
}
