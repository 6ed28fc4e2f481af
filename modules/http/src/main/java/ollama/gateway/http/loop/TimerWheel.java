package ollama.gateway.http.loop;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop: a wheel of 1,024 slots of 2^24 ns (16.8 ms), so one turn is 17 s.
 *
 * <p>A timer further away than a turn waits in the farthest slot and is put on again when the wheel
 * comes by. Setting, moving and cancelling cost O(1). The lock is for the fallback scheduler, where
 * threads other than the loop's set timers; on an event loop nobody ever contends for it.
 */
final class TimerWheel {

  static final int UNLINKED = -1;

  private static final int SLOTS = 1024;
  private static final int TICK_SHIFT = 24;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Runnable wakeLoop;
  private final @Nullable Timer[] slots = new Timer[SLOTS];
  private final long[] occupied = new long[SLOTS / Long.SIZE];
  private long currentTick;

  TimerWheel(long nowNanos, Runnable wakeLoop) {
    this.currentTick = nowNanos >> TICK_SHIFT;
    this.wakeLoop = wakeLoop;
  }

  /** The first tick at which a deadline has surely passed. */
  static long tickAfter(long deadlineNanos) {
    return (deadlineNanos >> TICK_SHIFT) + 1;
  }

  void link(Timer timer) {
    synchronized (this) {
      remove(timer);
      insert(timer);
    }
    // The loop may be asleep for longer than this deadline; on its own thread this is a no-op.
    wakeLoop.run();
  }

  synchronized void unlink(Timer timer) {
    remove(timer);
  }

  /** Runs the actions of all timers whose deadline is at or before {@code nowNanos}. */
  void advance(long nowNanos) {
    long nowTick = nowNanos >> TICK_SHIFT;
    if (nowTick == currentTick) {
      return;
    }
    List<Timer> expired = expireUpTo(nowTick, nowNanos);
    // By index: an iterator would be all that a loop allocates while it only passes tokens on.
    for (int i = 0; i < expired.size(); i++) {
      expired.get(i).expire();
    }
  }

  private synchronized List<Timer> expireUpTo(long nowTick, long nowNanos) {
    List<Timer> expired = List.of();
    long first = Math.max(currentTick + 1, nowTick - SLOTS + 1);
    currentTick = nowTick;
    for (long tick = first; tick <= nowTick; tick++) {
      Timer timer = slots[slotOf(tick)];
      while (timer != null) {
        Timer following = timer.next;
        // Out of the wheel before the deadline is read: who sets a new one meanwhile then either
        // is seen here or sees that it must link the timer itself.
        remove(timer);
        if (timer.deadlineNanos() <= nowNanos) {
          if (expired.isEmpty()) {
            expired = new ArrayList<>();
          }
          expired.add(timer);
        } else if (timer.deadlineNanos() != Timer.NEVER) {
          insert(timer);
        }
        timer = following;
      }
    }
    return expired;
  }

  /** How long a loop may sleep, in milliseconds; 0 means until something else wakes it. */
  synchronized long sleepMillis(long nowNanos) {
    int start = slotOf(currentTick + 1);
    for (int i = 0; i <= occupied.length; i++) {
      int word = ((start / Long.SIZE) + i) % occupied.length;
      long bits = occupied[word];
      if (i == 0) {
        bits &= -1L << (start % Long.SIZE);
      } else if (i == occupied.length) {
        bits &= ~(-1L << (start % Long.SIZE));
      }
      if (bits != 0) {
        int slot = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
        long tick = currentTick + 1 + ((slot - start + SLOTS) % SLOTS);
        long nanos = (tick << TICK_SHIFT) - nowNanos;
        return Math.max(1, (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
      }
    }
    return 0;
  }

  private void insert(Timer timer) {
    long tick = Math.max(tickAfter(timer.deadlineNanos()), currentTick + 1);
    tick = Math.min(tick, currentTick + SLOTS - 1);
    int slot = slotOf(tick);
    Timer head = slots[slot];
    timer.slot = slot;
    timer.visitTick = tick;
    timer.previous = null;
    timer.next = head;
    if (head != null) {
      head.previous = timer;
    }
    slots[slot] = timer;
    occupied[slot / Long.SIZE] |= 1L << (slot % Long.SIZE);
  }

  private void remove(Timer timer) {
    int slot = timer.slot;
    if (slot == UNLINKED) {
      return;
    }
    if (timer.previous != null) {
      timer.previous.next = timer.next;
    } else {
      slots[slot] = timer.next;
      if (timer.next == null) {
        occupied[slot / Long.SIZE] &= ~(1L << (slot % Long.SIZE));
      }
    }
    if (timer.next != null) {
      timer.next.previous = timer.previous;
    }
    timer.previous = null;
    timer.next = null;
    timer.slot = UNLINKED;
    timer.visitTick = Timer.NEVER;
  }

  private static int slotOf(long tick) {
    return (int) (tick & (SLOTS - 1));
  }
}
