package ollama.gateway.http.loop;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What one thread of a loop waits for and any other thread gives, once: the end of work that a loop
 * mustn't do. Unlike other ways to wait for a thread, it has an eye on a connection meanwhile.
 */
public final class Signal {

  private final EventLoop loop;
  private volatile boolean given;
  private volatile @Nullable Thread waiter;

  /** A signal that isn't given yet, for a thread that {@code loop} carries. */
  public Signal(EventLoop loop) {
    this.loop = loop;
  }

  /** Ends the wait, whether that has begun or not; from any thread, never waits. */
  public void give() {
    given = true;
    loop.perform(this::wake);
  }

  /**
   * Parks until the signal is given.
   *
   * @param what is waited for, for the exception
   * @param watch an eye on a connection meanwhile
   * @throws DeadlineException when it wasn't given by {@code deadlineNanos}
   * @throws InterruptedIOException when the thread is interrupted, which it stays
   */
  public void await(String what, long deadlineNanos, Watch watch) throws IOException {
    Thread me = Thread.currentThread();
    Timer timer = loop.newTimer(this::wake);
    waiter = me;
    try {
      while (!given) {
        park(me, timer, deadlineNanos, watch.watched());
        watch.check();
        if (me.isInterrupted()) {
          throw new InterruptedIOException("interrupted while waiting for " + what);
        }
        boolean late = deadlineNanos != Timer.NEVER && System.nanoTime() - deadlineNanos >= 0;
        if (late && !given) {
          throw new DeadlineException(what);
        }
      }
    } finally {
      waiter = null;
      timer.cancel();
    }
  }

  private void park(Thread me, Timer timer, long deadlineNanos, @Nullable Connection watched) {
    if (watched == null) {
      timer.set(deadlineNanos);
      LockSupport.park(this);
      return;
    }
    try {
      if (watched.wakeWhenReadable(me)) {
        timer.set(deadlineNanos);
        LockSupport.park(this);
      }
    } finally {
      watched.endWake();
    }
  }

  private void wake() {
    Thread thread = waiter;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
