package ollama.gateway.http.loop;

import java.util.function.LongSupplier;

/**
 * Logs mistakes, with their traces, at most one a second; each line tells how many weren't logged
 * before it. What fails once on a loop may fail at each turn. Safe for any number of threads; on an
 * event loop none but its own and those that it carries ever come, so nobody waits.
 */
final class FailureLog {

  private static final long PERIOD_NANOS = 1_000_000_000;

  private final System.Logger log;
  private final LongSupplier nanoTime;
  private long nextNanos;
  private long unlogged;
  private volatile long count;

  FailureLog(System.Logger log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.nextNanos = nanoTime.getAsLong();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock, read without
  synchronized void add(String what, Throwable failure) {
    count++;
    long now = nanoTime.getAsLong();
    if (now - nextNanos < 0) {
      unlogged++;
      return;
    }
    nextNanos = now + PERIOD_NANOS;
    String more = unlogged == 0 ? "" : " (and " + unlogged + " such failures before)";
    unlogged = 0;
    log.log(System.Logger.Level.ERROR, what + more, failure);
  }

  /** All that failed so far. */
  long count() {
    return count;
  }
}
