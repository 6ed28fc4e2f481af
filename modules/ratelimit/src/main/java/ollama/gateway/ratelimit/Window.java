package ollama.gateway.ratelimit;

/**
 * When the accepted requests of one client came: a ring of times, oldest first, that grows with its
 * use up to the limit. Times may wrap around, so they are only ever subtracted. Not thread-safe.
 */
final class Window {
  private static final int INITIAL_CAPACITY = 4;

  private long[] times = new long[0];
  private int oldest;
  private int size;
  private long lastSeenNanos;

  /** Counts a request if fewer than {@code limit} came in the window that ends now. */
  Decision acquire(long nowNanos, int limit, long windowNanos) {
    lastSeenNanos = nowNanos;
    forget(nowNanos, windowNanos);
    boolean allowed = size < limit;
    if (allowed) {
      add(nowNanos, limit);
    }
    int reset = ceilSeconds(times[oldest] + windowNanos - nowNanos);
    return new Decision(allowed, limit, limit - size, reset, allowed ? 0 : reset);
  }

  /** What {@link #acquire} would decide. */
  Decision peek(long nowNanos, int limit, long windowNanos) {
    forget(nowNanos, windowNanos);
    boolean allowed = size < limit;
    int reset = size == 0 ? 0 : ceilSeconds(times[oldest] + windowNanos - nowNanos);
    return new Decision(allowed, limit, Math.max(0, limit - size), reset, allowed ? 0 : reset);
  }

  private void forget(long nowNanos, long windowNanos) {
    while (size > 0 && nowNanos - times[oldest] >= windowNanos) {
      oldest = oldest + 1 == times.length ? 0 : oldest + 1;
      size--;
    }
  }

  /** Time of the last request, counted or not; nothing is counted any more a window after it. */
  long lastSeenNanos() {
    return lastSeenNanos;
  }

  private void add(long nowNanos, int limit) {
    if (size == times.length) {
      grow(limit);
    }
    long end = (long) oldest + size;
    times[(int) (end < times.length ? end : end - times.length)] = nowNanos;
    size++;
  }

  private void grow(int limit) {
    int capacity = (int) Math.min(limit, Math.max(INITIAL_CAPACITY, times.length * 2L));
    long[] grown = new long[capacity];
    int untilEnd = times.length - oldest;
    System.arraycopy(times, oldest, grown, 0, untilEnd);
    System.arraycopy(times, 0, grown, untilEnd, oldest);
    times = grown;
    oldest = 0;
  }

  private static int ceilSeconds(long nanos) {
    return (int) ((nanos + 999_999_999) / 1_000_000_000);
  }
}
