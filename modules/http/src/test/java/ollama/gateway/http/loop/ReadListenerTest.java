package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a loop does with bytes while the thread that waits for them stays parked. */
final class ReadListenerTest {

  private static final boolean CARRIED =
      VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Connection connection = pair.connection();
  private final BlockingQueue<Integer> taken = new LinkedBlockingQueue<>();

  @Test
  void whatComesIsOfferedUntilItIsNotCopedWith() throws Exception {
    CompletableFuture<Boolean> woken = await(60_000, () -> take(64) != 3);
    for (int size = 1; size <= 3; size++) {
      pair.peer().getOutputStream().write(new byte[size]);
      if (CARRIED) {
        assertEquals(size, taken.poll(Tasks.SECONDS_MAX, TimeUnit.SECONDS));
      }
    }

    assertFalse(Tasks.await(woken), "a deadline passed");
  }

  @Test
  void onTheFallbackItIsNeverOffered() throws Exception {
    CompletableFuture<Boolean> woken = await(60_000, () -> take(64) < 0);
    pair.peer().getOutputStream().write(1);

    assertFalse(Tasks.await(woken));
    assertEquals(CARRIED, !taken.isEmpty());
  }

  @Test
  void whatWasLeftIsOfferedAgain() throws Exception {
    AtomicLong bytes = new AtomicLong();
    CompletableFuture<Boolean> woken =
        await(60_000, () -> bytes.addAndGet(take(16)) < 100_000 && CARRIED);
    pair.peer().getOutputStream().write(new byte[100_000]);

    assertFalse(Tasks.await(woken));
    assertTrue(bytes.get() == 100_000 || !CARRIED, bytes.toString());
  }

  @Test
  void bytesPutTheDeadlineOffAndSilenceEndsTheWait() throws Exception {
    long idleMillis = 2_000;
    long began = System.nanoTime();
    long last = began;
    CompletableFuture<Boolean> woken = await(idleMillis, () -> take(64) > 0);
    if (CARRIED) {
      while (System.nanoTime() - began < idleMillis * 3 / 2 * 1_000_000) {
        last = System.nanoTime();
        pair.peer().getOutputStream().write(1);
        assertEquals(1, taken.poll(Tasks.SECONDS_MAX, TimeUnit.SECONDS));
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }

    assertTrue(Tasks.await(woken), "no deadline passed");
    long millis = (System.nanoTime() - last) / 1_000_000;
    assertTrue(millis >= idleMillis - 20, millis + " ms");
  }

  @Test
  void whatWasNotCopedWithInTimeIsNoDeadlinePassed() throws Exception {
    long idleMillis = 300;
    CountDownLatch sent = new CountDownLatch(1);
    CompletableFuture<Boolean> woken =
        Tasks.startAndHoldUp(
            pair.loop(), () -> missed(idleMillis, () -> take(64) < 0), 2 * idleMillis, sent);
    pair.peer().getOutputStream().write(1);
    sent.countDown();

    assertFalse(Tasks.await(woken), "a deadline passed");
  }

  @Test
  void anErrorWakesTheThread() throws Exception {
    CompletableFuture<Boolean> woken =
        await(
            60_000,
            () -> {
              throw new AssertionError("on purpose, by a test");
            });
    pair.peer().getOutputStream().write(1);

    assertFalse(Tasks.await(woken));
  }

  @Test
  void aWaitThatIsClosedEnds() throws Exception {
    CompletableFuture<Boolean> woken = await(60_000, () -> true);
    connection.close();

    assertFalse(Tasks.await(woken));
  }

  /** Waits on the loop; tells whether a deadline ended it. */
  private CompletableFuture<Boolean> await(long idleMillis, ReadListener meanwhile) {
    return Tasks.start(pair.loop(), () -> missed(idleMillis, meanwhile));
  }

  private boolean missed(long idleMillis, ReadListener meanwhile) {
    try {
      connection.awaitReadable(null, idleMillis, "anything", meanwhile);
      return false;
    } catch (DeadlineException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private int take(int most) {
    try {
      int count = connection.read(ByteBuffer.allocate(most));
      taken.add(count);
      return count;
    } catch (IOException e) {
      return -1;
    }
  }
}
