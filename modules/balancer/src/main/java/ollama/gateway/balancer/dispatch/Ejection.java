package ollama.gateway.balancer.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Whether a server is left out because of what it made of requests. After each failure it is left
 * alone for a second. After five in a row it is ejected: after a pause one request probes it, and
 * while that fails the pauses get longer. A success ends all that.
 *
 * <p>Who has no other choice may go there all the same. Safe for any number of threads. Times are
 * nanoseconds of one clock.
 */
public final class Ejection {

  /** Failures in a row that eject. */
  public static final int FAILURES_MAX = 5;

  private static final long ALONE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A probing request that hasn't been answered by then doesn't keep others from probing. */
  private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The pauses are 1, 2, 4, 8, 16, 30, 30... seconds. */
  private static final int DOUBLINGS_MAX = 5;

  private static final long PAUSE_MAX_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final double JITTER = 0.1;

  private static final Standing CLEAN = new Standing(0, 0, false);

  /** What is so at a time; no record, whose equality nobody needs. */
  private static final class Standing {
    final int failures;
    final long outUntilNanos;
    final boolean probed;

    Standing(int failures, long outUntilNanos, boolean probed) {
      this.failures = failures;
      this.outUntilNanos = outUntilNanos;
      this.probed = probed;
    }

    boolean isEjected() {
      return failures >= FAILURES_MAX;
    }

    boolean isOut(long now) {
      return this != CLEAN && outUntilNanos - now > 0;
    }
  }

  private final AtomicReference<Standing> standing = new AtomicReference<>(CLEAN);

  /** That of a server that hasn't failed. */
  public Ejection() {}

  /**
   * Whether requests that could go elsewhere do so.
   *
   * @param nowNanos the time
   * @return whether it is left out
   */
  public boolean isOut(long nowNanos) {
    return standing.get().isOut(nowNanos);
  }

  /**
   * Whether it failed so often that nobody who got an answer elsewhere should try it.
   *
   * @param nowNanos the time
   * @return whether it is ejected and not to be probed now
   */
  public boolean isBarred(long nowNanos) {
    Standing now = standing.get();
    return now.isEjected() && now.isOut(nowNanos);
  }

  /**
   * Whether it has failed so often in a row, also while it is probed.
   *
   * @return whether it is ejected
   */
  public boolean isEjected() {
    return standing.get().isEjected();
  }

  /**
   * A request goes there. To one that is ejected and has had its pause, it is the one that probes.
   *
   * @param nowNanos the time
   * @return false where another request probes it, or its pause isn't over
   */
  public boolean enter(long nowNanos) {
    Standing now = standing.get();
    if (!now.isEjected()) {
      return true;
    }
    Standing probed = new Standing(now.failures, nowNanos + PROBE_NANOS, true);
    return !now.isOut(nowNanos) && standing.compareAndSet(now, probed);
  }

  /** It has no request any more: if one was to probe it, nothing came of that. */
  public void left(long nowNanos) {
    Standing now = standing.get();
    if (now.probed) {
      boolean _ = standing.compareAndSet(now, new Standing(now.failures, nowNanos, false));
    }
  }

  /**
   * It failed a request.
   *
   * @param nowNanos the time
   * @param jitter from -1 to 1
   * @return whether it is ejected since
   */
  public boolean failed(long nowNanos, double jitter) {
    while (true) {
      Standing now = standing.get();
      if (now.isEjected() && !now.probed && now.isOut(nowNanos)) {
        // It was asked before, or by who had no other choice.
        return false;
      }
      int failures = Math.min(now.failures + 1, FAILURES_MAX + DOUBLINGS_MAX);
      Standing next = new Standing(failures, nowNanos + pauseNanos(failures, jitter), false);
      if (standing.compareAndSet(now, next)) {
        return next.isEjected() && !now.isEjected();
      }
    }
  }

  private static long pauseNanos(int failures, double jitter) {
    if (failures < FAILURES_MAX) {
      return ALONE_NANOS;
    }
    long pause = Math.min(ALONE_NANOS << (failures - FAILURES_MAX), PAUSE_MAX_NANOS);
    return (long) (pause * (1 + JITTER * jitter));
  }

  /**
   * It answered a request. Costs one read as long as it hasn't failed.
   *
   * @return whether it was ejected
   */
  public boolean succeeded() {
    while (true) {
      Standing now = standing.get();
      if (now.failures == 0) {
        return false;
      }
      // One that failed now and then is still left alone for its second.
      Standing next = now.isEjected() ? CLEAN : new Standing(0, now.outUntilNanos, false);
      if (standing.compareAndSet(now, next)) {
        return now.isEjected();
      }
    }
  }
}
