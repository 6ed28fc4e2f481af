package ollama.gateway.balancer;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What is known of a server's models, and how to know better. Safe for any number of threads. */
final class Stock {

  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private volatile Inventory inventory = Inventory.UNKNOWN;
  private volatile Runnable wake = () -> {};
  private volatile Runnable hurry = () -> {};
  private volatile boolean hurried;
  private volatile Optional<Version> version = Optional.empty();
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

  /** Has somebody who pauses between two looks ask again for how long; as {@link #wakeBy}. */
  void hurryBy(Runnable action) {
    hurry = action;
  }

  /** Which version the server is, as far as it told. */
  Optional<Version> version() {
    return version;
  }

  /** Takes note of that. */
  void version(Optional<Version> seen) {
    version = seen;
  }

  /** A look begins: whoever asks from here on may know of something that it doesn't see. */
  void begin() {
    hurried = false;
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

  /** As {@link #ask}, for who knows that something changed: no pause comes before that look. */
  long hurry() {
    long next = begun.get() + 1;
    hurried = true;
    wake.run();
    hurry.run();
    return next;
  }

  /** Whether the next look is to begin at once. */
  boolean isHurried() {
    return hurried;
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
