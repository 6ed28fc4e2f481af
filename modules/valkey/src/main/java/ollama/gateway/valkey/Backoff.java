package ollama.gateway.valkey;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * When to try again to connect: soon at first, then less and less often, and never at the same time
 * as the other gateways. For one thread.
 */
final class Backoff {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A connection that lasts so long was a good one. */
  private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(5);

  private long pauseNanos = FIRST_NANOS;
  private long nextNanos;
  private long connectedNanos;

  Backoff(long nowNanos) {
    nextNanos = nowNanos;
  }

  /** When to try next. */
  long nextNanos() {
    return nextNanos;
  }

  void connected(long nowNanos) {
    connectedNanos = nowNanos;
  }

  /** A connection has ended. */
  void broke(long nowNanos) {
    if (nowNanos - connectedNanos >= GOOD_NANOS) {
      pauseNanos = FIRST_NANOS;
    }
    failed(nowNanos);
  }

  /** None was made. */
  void failed(long nowNanos) {
    double jitter = ThreadLocalRandom.current().nextDouble(0.5, 1.5);
    nextNanos = nowNanos + (long) (pauseNanos * jitter);
    pauseNanos = Math.min(LONGEST_NANOS, 2 * pauseNanos);
  }
}
