package ollama.gateway.balancer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What is known of a server's models, and how to know better. Safe for any number of threads. */
final class Stock {

  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private volatile Inventory inventory = Inventory.UNKNOWN;
  private volatile Runnable wake = () -> {};
  // Looks are numbered from 1.
  private final AtomicLong begun = new AtomicLong();
  private volatile long ended;

  Inventory inventory() {
    return inventory;
  }

  /** Takes note of a look's result. */
  void inventory(Inventory seen) {
    inventory = seen;
  }

  /** Has somebody look soon, out of turn; must neither block nor throw. */
  void wakeBy(Runnable action) {
    wake = action;
  }

  /** A look begins: whoever asks from here on may know of something that it doesn't see. */
  void begin() {
    begun.incrementAndGet();
  }

  /** The look ended, with whatever result. */
  void end() {
    ended = begun.get();
    waiting.forEach(LockSupport::unpark);
  }

  /** Whether a look has ended, so that what isn't known wasn't told. */
  boolean wasLookedAt() {
    return ended > 0;
  }

  /** Asks for a look and returns its number, for {@link #await}. */
  long ask() {
    long next = begun.get() + 1;
    wake.run();
    return next;
  }

  /** Waits for a look; returns whether it ended in time. */
  boolean await(long look, long deadlineNanos) {
    Thread me = Thread.currentThread();
    waiting.add(me);
    try {
      while (ended < look) {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0 || me.isInterrupted()) {
          return false;
        }
        LockSupport.parkNanos(this, left);
      }
      return true;
    } finally {
      waiting.remove(me);
    }
  }
}
