package ollama.gateway.jmh.sidebyside;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Wakes threads at their times, to the millisecond: finer than the loops' timers, so that the
 * tokens of many streams don't come in bursts.
 */
final class Pacer implements AutoCloseable {

  private static final int SLOTS = 4096;
  private static final long NANOS_PER_SLOT = 1_000_000;

  private final List<ConcurrentLinkedQueue<Thread>> slots =
      Stream.generate(ConcurrentLinkedQueue<Thread>::new).limit(SLOTS).toList();
  private final Thread thread = Thread.ofPlatform().name("pacer").daemon().unstarted(this::run);
  private volatile boolean closed;

  Pacer() {
    thread.start();
  }

  /** Parks until then, at most 4 s ahead. */
  void awaitNanos(long deadline) {
    if (System.nanoTime() - deadline < 0) {
      slots.get(slot(deadline / NANOS_PER_SLOT + 1)).add(Thread.currentThread());
      while (System.nanoTime() - deadline < 0) {
        LockSupport.park(this);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private void run() {
    long tick = System.nanoTime() / NANOS_PER_SLOT;
    while (!closed) {
      long now = System.nanoTime();
      if (now < (tick + 1) * NANOS_PER_SLOT) {
        LockSupport.parkNanos((tick + 1) * NANOS_PER_SLOT - now);
        continue;
      }
      tick++;
      @Nullable Thread next;
      ConcurrentLinkedQueue<Thread> due = slots.get(slot(tick));
      while ((next = due.poll()) != null) {
        LockSupport.unpark(next);
      }
    }
    IntStream.range(0, SLOTS).forEach(i -> slots.get(i).forEach(LockSupport::unpark));
  }

  private static int slot(long tick) {
    return (int) (tick & (SLOTS - 1));
  }
}
