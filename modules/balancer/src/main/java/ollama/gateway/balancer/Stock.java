package ollama.gateway.balancer;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What is known of a server's models, and how to know better. Safe for any number of threads. */
final class Stock {

  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private volatile Inventory inventory = Inventory.UNKNOWN;
  private volatile Inventory told = Inventory.UNKNOWN;
  private volatile Runnable wake = () -> {};
  private volatile Runnable hurry = () -> {};
  private volatile boolean hurried;
  private volatile Optional<Version> version = Optional.empty();
  // Looks are numbered from 1.
  private final AtomicLong begun = new AtomicLong();
  private volatile long ended;
  private volatile boolean lookedAt;

  Inventory inventory() {
    return inventory;
  }

  /** Takes note of a look's result. */
  void inventory(Inventory seen) {
    inventory = seen;
  }

  /** The last that whoever chooses a server has been told of: it may lag behind, never lead. */
  Inventory told() {
    return told;
  }

  /** Whoever chooses a server has been told of this. */
  void told(Inventory seen) {
    told = seen;
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

  /**
   * The look ended, with whatever result.
   *
   * @param asked whether the server was asked: not while it is down
   */
  void end(boolean asked) {
    if (asked) {
      lookedAt = true;
    }
    ended = begun.get();
    waiting.forEach(LockSupport::unpark);
  }

  /** Whether the server was asked at all, so that what isn't known wasn't told. */
  boolean wasLookedAt() {
    return lookedAt;
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
    return await(() -> ended >= look, deadlineNanos);
  }

  /** Waits until {@link #wasLookedAt}; returns whether that was in time. */
  boolean awaitFirst(long deadlineNanos) {
    long _ = hurry();
    return await(this::wasLookedAt, deadlineNanos);
  }

  private boolean await(BooleanSupplier done, long deadlineNanos) {
    Thread me = Thread.currentThread();
    waiting.add(me);
    try {
      while (!done.getAsBoolean()) {
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
