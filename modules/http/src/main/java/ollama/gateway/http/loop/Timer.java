package ollama.gateway.http.loop;

import org.jspecify.annotations.Nullable;

/**
 * A deadline that can be moved at the cost of one field write.
 *
 * <p>Moving a deadline to later doesn't touch the {@link TimerWheel}: the wheel finds the new value
 * when it comes by. That makes the usual case, a deadline pushed on by every token, free.
 */
public final class Timer {

  /** The deadline that never comes. */
  public static final long NEVER = Long.MAX_VALUE;

  private final TimerWheel wheel;
  private final Runnable action;
  private volatile long deadlineNanos = NEVER;
  private volatile boolean passed;

  // Guarded by the wheel.
  @Nullable Timer previous;
  @Nullable Timer next;
  int slot = TimerWheel.UNLINKED;
  volatile long visitTick = NEVER;

  Timer(TimerWheel wheel, Runnable action) {
    this.wheel = wheel;
    this.action = action;
  }

  /**
   * Sets when the action runs: on the loop's thread, at most one tick (17 ms) late on an idle loop.
   *
   * @param deadlineNanos a {@link EventLoop#nanoTime()} value, or {@link #NEVER}
   */
  public void set(long deadlineNanos) {
    if (deadlineNanos != this.deadlineNanos) {
      this.deadlineNanos = deadlineNanos;
      passed = false;
    }
    if (deadlineNanos != NEVER && TimerWheel.tickAfter(deadlineNanos) < visitTick) {
      wheel.link(this);
    }
  }

  /** Forgets the deadline and leaves the wheel at once, so that nothing is kept alive by it. */
  public void cancel() {
    deadlineNanos = NEVER;
    passed = false;
    wheel.unlink(this);
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  /**
   * Whether the action ran, or is about to run, for the deadline that was set last. Costs no look
   * at the clock. On the fallback scheduler it may be about the deadline before that.
   */
  boolean passed() {
    return passed;
  }

  void expire() {
    passed = true;
    EventLoop.runTask(action);
  }
}
