package ollama.gateway.http.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.VirtualThreads;

/** Work on a loop's virtual threads, and waiting for it within a bound. */
public final class Tasks {

  /** Far beyond what a busy machine needs, so that only a lost wake-up ever takes so long. */
  public static final int SECONDS_MAX = 60;

  private Tasks() {}

  /** Starts a task on a virtual thread of the loop. */
  public static <T> CompletableFuture<T> start(EventLoop loop, Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread _ = start(loop, task, result);
    return result;
  }

  private static <T> Thread start(EventLoop loop, Callable<T> task, CompletableFuture<T> result) {
    return loop.startThread(
        () -> {
          try {
            result.complete(task.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
  }

  /**
   * Starts a task that waits on a virtual thread of the loop, and holds the loop up until it does,
   * the latch is down, and so long beyond that: the loop then finds all that has come by then at
   * once. However busy the machine is, the loop looks at nothing before.
   */
  public static <T> CompletableFuture<T> startAndHoldUp(
      EventLoop loop, Callable<T> task, long millis, CountDownLatch latch) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.execute(
        () -> {
          Thread waiting = start(loop, task, result);
          if (VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP) {
            // Behind the thread, which waits by then.
            loop.execute(() -> holdUp(waiting, millis, latch));
          } else {
            holdUp(waiting, millis, latch);
          }
        });
    return result;
  }

  private static void holdUp(Thread waiting, long millis, CountDownLatch latch) {
    // On the fallback it may be late: what it registers behind the deadline, the loop can't see.
    until(() -> waiting.getState() == Thread.State.WAITING, "the task doesn't wait");
    awaitUninterrupted(latch);
    spinUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** Runs a task on a virtual thread of the loop; throws what it throws. */
  public static <T> T run(EventLoop loop, Callable<T> task) throws Exception {
    return await(start(loop, task));
  }

  /** Waits for a result; throws what the task threw. */
  public static <T> T await(Future<T> result) throws Exception {
    try {
      return result.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no result in time", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new AssertionError("the task failed", e.getCause());
    }
  }

  /** Waits for a latch. */
  public static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("it didn't happen in time; missing: " + latch.getCount());
    }
  }

  /** As {@link #await(CountDownLatch)}, for a task of a loop that holds it up. */
  public static void awaitUninterrupted(CountDownLatch latch) {
    try {
      await(latch);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the loop has looked at all its keys once more. */
  public static void turn(EventLoop loop) throws InterruptedException {
    CountDownLatch turned = new CountDownLatch(1);
    // What a task queues runs in the next turn, behind its selection.
    loop.execute(() -> loop.execute(turned::countDown));
    await(turned);
  }

  /** Parks a virtual thread until the loop comes by. */
  public static void passTurn(EventLoop loop) {
    Thread me = Thread.currentThread();
    AtomicBoolean passed = new AtomicBoolean();
    loop.execute(
        () -> {
          passed.set(true);
          LockSupport.unpark(me);
        });
    while (!passed.get()) {
      LockSupport.park();
    }
  }

  /** Holds up the calling thread, and with it whatever it carries. */
  public static void spinUntil(long nanoTime) {
    while (System.nanoTime() - nanoTime < 0) {
      Thread.onSpinWait();
    }
  }

  /** Waits for what nothing tells of. */
  public static void until(BooleanSupplier condition, String otherwise) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > giveUp) {
        throw new AssertionError(otherwise);
      }
      Thread.onSpinWait();
    }
  }
}
