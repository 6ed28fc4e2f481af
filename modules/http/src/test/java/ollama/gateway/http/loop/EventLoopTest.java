package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EventLoopTest {

  private EventLoop loop;

  @BeforeEach
  void start() throws IOException {
    loop = EventLoops.unstarted("tested");
    loop.start();
  }

  @AfterEach
  void close() {
    loop.close();
  }

  @Test
  void runsTheTasksOfAnotherThreadInTheirOrderOnItsOwn() throws Exception {
    List<Integer> ran = new ArrayList<>();
    List<String> threads = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(3_000);
    for (int i = 0; i < 3_000; i++) {
      int number = i;
      loop.execute(
          () -> {
            ran.add(number);
            threads.add(Thread.currentThread().getName());
            done.countDown();
          });
    }
    Tasks.await(done);

    assertEquals(IntStream.range(0, 3_000).boxed().toList(), ran);
    assertEquals(List.of("tested"), threads.stream().distinct().toList());
  }

  @Test
  void takesTasksFromManyThreads() throws Exception {
    CountDownLatch done = new CountDownLatch(8 * 2_000);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int task = 0; task < 2_000; task++) {
                      loop.execute(done::countDown);
                    }
                  }));
    }
    Tasks.await(done);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void tasksThatQueueTasksGoOn() throws Exception {
    CountDownLatch done = new CountDownLatch(10_000);
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            done.countDown();
            if (done.getCount() > 0) {
              loop.execute(this);
            }
          }
        });

    Tasks.await(done);
  }

  @Test
  void aFailedTaskIsNotTheLoopsEnd() throws Exception {
    loop.execute(
        () -> {
          throw new IllegalStateException("on purpose, by a test");
        });
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(done::countDown);

    Tasks.await(done);
    assertEquals(1, loop.failures());
  }

  @Test
  void aFailedTimerIsNotTheLoopsEnd() throws Exception {
    CountDownLatch fired = new CountDownLatch(1);
    Timer failing =
        loop.newTimer(
            () -> {
              fired.countDown();
              throw new IllegalStateException("on purpose, by a test");
            });
    failing.set(EventLoop.nanoTime());
    Tasks.await(fired);
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(done::countDown);

    Tasks.await(done);
    assertEquals(1, loop.failures());
  }

  @Test
  void aFailedThreadIsLoggedAndCountedAsItsOwn() {
    loop.startThread(
        () -> {
          throw new IllegalStateException("on purpose, by a test");
        });

    Tasks.until(() -> loop.failures() == 1, "nobody took notice");
  }

  @Test
  void startsVirtualThreadsWithItsName() throws Exception {
    Thread thread = Tasks.run(loop, Thread::currentThread);

    assertTrue(thread.isVirtual());
    assertEquals("tested-connection", thread.getName());
  }

  @Test
  void aVirtualThreadIsCarriedByTheLoopIfThatIsTheScheduler() throws Exception {
    boolean carried = VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;
    AtomicInteger tasksBetween = new AtomicInteger();

    boolean ranBetween =
        Tasks.run(
            loop,
            () -> {
              loop.execute(tasksBetween::incrementAndGet);
              // While this thread holds the carrier, nothing else runs on the loop.
              long until = System.nanoTime() + 20_000_000;
              while (System.nanoTime() < until && tasksBetween.get() == 0) {
                Thread.onSpinWait();
              }
              return tasksBetween.get() > 0;
            });

    assertFalse(carried && ranBetween);
  }

  @Test
  void aParkedThreadIsResumedFromAnotherThreadEveryTime() throws Exception {
    SynchronousQueue<Integer> there = new SynchronousQueue<>();
    SynchronousQueue<Integer> back = new SynchronousQueue<>();
    CompletableFuture<Integer> echo =
        Tasks.start(
            loop,
            () -> {
              int value;
              do {
                value = there.take();
                back.put(value + 1);
              } while (value < 2_000);
              return value;
            });
    for (int i = 1; i <= 2_000; i++) {
      there.put(i);
      assertEquals(i + 1, back.take());
    }

    assertEquals(2_000, Tasks.await(echo));
  }

  @Test
  void virtualThreadsOfOneLoopResumeEachOther() throws Exception {
    SynchronousQueue<Integer> queue = new SynchronousQueue<>();
    CompletableFuture<Integer> sum =
        Tasks.start(
            loop,
            () -> {
              int total = 0;
              for (int i = 0; i < 2_000; i++) {
                total += queue.take();
              }
              return total;
            });
    CompletableFuture<Integer> sent =
        Tasks.start(
            loop,
            () -> {
              for (int i = 0; i < 2_000; i++) {
                queue.put(1);
              }
              return 2_000;
            });

    assertEquals(Tasks.await(sent), Tasks.await(sum));
  }

  @Test
  void aTimedParkComesBack() throws Exception {
    assertTrue(
        Tasks.run(
            loop,
            () -> {
              LockSupport.parkNanos(1_000_000);
              return true;
            }));
  }

  @Test
  void contendedLocksExcludeAndLetGo() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    Object monitor = new Object();
    int[] underLock = {0};
    int[] underMonitor = {0};
    List<CompletableFuture<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      threads.add(
          Tasks.start(
              loop,
              () -> {
                for (int round = 0; round < 100; round++) {
                  lock.lock();
                  try {
                    int before = underLock[0];
                    LockSupport.parkNanos(1);
                    underLock[0] = before + 1;
                  } finally {
                    lock.unlock();
                  }
                  synchronized (monitor) {
                    int before = underMonitor[0];
                    LockSupport.parkNanos(1);
                    underMonitor[0] = before + 1;
                  }
                }
                return true;
              }));
    }
    for (CompletableFuture<Boolean> thread : threads) {
      assertTrue(Tasks.await(thread));
    }

    assertEquals(2_000, underLock[0]);
    assertEquals(2_000, underMonitor[0]);
  }

  @Test
  void aThousandThreadsWaitForEachOther() throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(1_000);
    CountDownLatch done = new CountDownLatch(1_000);
    for (int i = 0; i < 1_000; i++) {
      var _ =
          Tasks.start(
              loop,
              () -> {
                barrier.await();
                done.countDown();
                return true;
              });
    }

    Tasks.await(done);
  }

  @Test
  void aTimerRunsOnTheLoopAndNotBeforeItsDeadline() throws Exception {
    CompletableFuture<String> thread = new CompletableFuture<>();
    CompletableFuture<Long> firedAt = new CompletableFuture<>();
    Timer timer =
        loop.newTimer(
            () -> {
              thread.complete(Thread.currentThread().getName());
              firedAt.complete(EventLoop.nanoTime());
            });
    long deadline = EventLoop.deadlineMillis(30);
    timer.set(deadline);

    assertTrue(Tasks.await(firedAt) >= deadline);
    assertEquals("tested", Tasks.await(thread));
  }

  @Test
  void aDeadlineThatCameNearerWakesASleepingLoop() throws Exception {
    CountDownLatch fired = new CountDownLatch(1);
    Timer timer = loop.newTimer(fired::countDown);
    timer.set(EventLoop.deadlineMillis(3_600_000));
    timer.set(EventLoop.deadlineMillis(1));

    Tasks.await(fired);
  }

  @Test
  void zeroMillisMeansNoDeadline() {
    assertEquals(Timer.NEVER, EventLoop.deadlineMillis(0));
  }

  @Test
  void measuresTheTaskThatHeldItLongest() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        () -> {
          long until = System.nanoTime() + 5_000_000;
          while (System.nanoTime() < until) {
            Thread.onSpinWait();
          }
          done.countDown();
        });
    Tasks.await(done);

    // Noted when the turn ends, a moment after the task; an earlier turn may be noted before.
    Tasks.until(() -> loop.longestTaskNanos() >= 5_000_000, "it wasn't measured");
    // Another who reads it finds it, too.
    assertTrue(loop.longestTaskNanos() >= 5_000_000, "it was taken away");
  }

  @Test
  void closingRunsWhatIsQueuedAndEndsTheThread() throws Exception {
    CompletableFuture<Thread> carrier = new CompletableFuture<>();
    CountDownLatch ran = new CountDownLatch(100);
    CountDownLatch closed = new CountDownLatch(1);
    loop.execute(
        () -> {
          carrier.complete(Thread.currentThread());
          try {
            Tasks.await(closed);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    for (int i = 0; i < 100; i++) {
      loop.execute(ran::countDown);
    }
    loop.close();
    closed.countDown();

    Tasks.await(ran);
    Thread thread = Tasks.await(carrier);
    thread.join(Tasks.SECONDS_MAX * 1000L);
    assertFalse(thread.isAlive());
  }

  @Test
  void loopsAreHandedOutInTurn() throws IOException {
    try (EventLoops loops = EventLoops.start(3)) {
      List<EventLoop> all = loops.all();
      assertEquals(all, List.of(loops.next(), loops.next(), loops.next()));
      assertEquals(all.getFirst(), loops.next());
    }
  }
}
