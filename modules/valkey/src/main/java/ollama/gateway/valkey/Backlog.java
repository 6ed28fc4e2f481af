package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What waits for the {@link Courier}. Anybody gives, the courier's thread takes. */
final class Backlog {

  /** A batch takes the store a few milliseconds. */
  private static final int AT_ONCE_MAX = 512;

  /**
   * From one exchange to the next while several calls come at a time: an exchange costs both sides
   * some system calls and a wake-up, however many calls share it, and where the processors are busy
   * it would be for one or two of them.
   */
  private static final long GATHERING_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  private final ConcurrentLinkedQueue<StoreCall> given = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private final Thread taker;
  private volatile boolean parked;

  /** Before that, calls are gathered; of the taker. */
  private long nextNanos = System.nanoTime();

  Backlog(Thread taker) {
    this.taker = taker;
  }

  /** From any thread; never waits. */
  void give(StoreCall call) {
    int _ = size.incrementAndGet();
    given.add(call);
    if (parked) {
      LockSupport.unpark(taker);
    }
  }

  int size() {
    return size.get();
  }

  /** What may go out together, in its order. */
  List<StoreCall> take() {
    List<StoreCall> batch = new ArrayList<>();
    for (StoreCall next = given.peek(); next != null; next = given.peek()) {
      if (batch.size() == AT_ONCE_MAX || next.hasToWait(batch)) {
        break;
      }
      batch.add(next);
      StoreCall _ = given.poll();
    }
    int _ = size.addAndGet(-batch.size());
    return batch;
  }

  /** An exchange began then, with so many calls. */
  void exchanged(long beganNanos, int calls) {
    nextNanos = calls > 1 ? beganNanos + GATHERING_NANOS : beganNanos;
  }

  /** Waits for more to go out with the next exchange, if more come at a time. */
  void gather() {
    long pause = nextNanos - System.nanoTime();
    while (pause > 0 && size.get() < AT_ONCE_MAX) {
      LockSupport.parkNanos(this, pause);
      pause = nextNanos - System.nanoTime();
    }
  }

  /** Parks until something is given, or that time. */
  void await(long untilNanos) {
    parked = true;
    if (given.isEmpty()) {
      long pause = untilNanos - System.nanoTime();
      if (pause > 0) {
        LockSupport.parkNanos(this, pause);
      }
    }
    parked = false;
  }
}
