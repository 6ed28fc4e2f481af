package ollama.gateway.balancer;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks after one server, on a thread of its own, until it is stopped: turn by turn, with pauses
 * between them that are cut short when somebody asks.
 */
abstract class ServerWorker implements Runnable {

  private volatile boolean asked;
  private volatile boolean stopped;
  private volatile @Nullable Thread thread;

  /** One turn. Its result doesn't count once this {@link #isStopped}. */
  abstract void turn();

  /** How long to pause: asked anew after each waking, with the same jitter, from -1 to 1. */
  abstract long pauseNanos(boolean isAsked, double jitter);

  /** Has others ask by this, which neither blocks nor throws. */
  abstract void askedBy(Runnable ask);

  /** Goes to work on this thread, which was made for it and isn't started yet. */
  final void start(Thread own) {
    thread = own;
    askedBy(this::ask);
    own.start();
  }

  @Override
  public final void run() {
    while (!stopped) {
      // Who asks from here on may have seen what this turn doesn't.
      asked = false;
      turn();
      pause();
    }
  }

  /** Ends the work, and interrupts the turn that is under way. */
  final void stop() {
    askedBy(() -> {});
    stopped = true;
    Thread own = thread;
    if (own != null) {
      own.interrupt();
    }
  }

  final boolean isStopped() {
    return stopped;
  }

  /** Waits until the thread has ended; returns whether it has. */
  final boolean awaitEnd(Duration atMost) throws InterruptedException {
    Thread own = thread;
    return own == null || own.join(atMost);
  }

  /** Has it ask how long to pause, since that may have changed. */
  final void wake() {
    LockSupport.unpark(thread);
  }

  private void pause() {
    double jitter = ThreadLocalRandom.current().nextDouble(-1, 1);
    long begin = System.nanoTime();
    while (!stopped) {
      long paused = System.nanoTime() - begin;
      long left = pauseNanos(asked, jitter) - paused;
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
      // If it stayed set, parking would return at once from then on.
      boolean _ = Thread.interrupted();
    }
  }

  /** However many ask: the thread is woken once for each turn. */
  private void ask() {
    if (!asked) {
      asked = true;
      wake();
    }
  }
}
