package ollama.gateway.http.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is computed for handshakes, and in which order. */
final class TlsTasksTest {

  private static final long SECONDS_MAX = 60;

  /** More than there can be threads. */
  private static final int BUSY = 8;

  private final ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor();
  private final TlsTasks tasks = new TlsTasks();
  private final CountDownLatch free = new CountDownLatch(1);

  @AfterEach
  void end() {
    free.countDown();
    tasks.close();
    connections.shutdownNow();
  }

  private Future<?> begin(Object client, Runnable task) {
    CountDownLatch begun = new CountDownLatch(1);
    Future<?> handshake =
        connections.submit(
            () -> {
              begun.countDown();
              tasks.run(client, task);
              return "";
            });
    await(begun);
    return handshake;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(SECONDS_MAX, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Has all threads wait; until then nothing else runs. */
  private void occupy() {
    for (int i = 0; i < BUSY; i++) {
      var _ = begin("busy " + i, () -> await(free));
    }
  }

  @Test
  void whoComesWhenManyDoWaits() throws Exception {
    occupy();
    AtomicInteger computed = new AtomicInteger();
    List<Future<?>> handshakes = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      handshakes.add(begin("one", computed::incrementAndGet));
    }
    free.countDown();
    for (Future<?> handshake : handshakes) {
      handshake.get(SECONDS_MAX, TimeUnit.SECONDS);
    }
    assertEquals(2_000, computed.get());
  }

  @Test
  void whoHasManyKeepsNobodyElseWaiting() throws Exception {
    Turns<String> turns = new Turns<>();
    for (int i = 0; i < 1_000; i++) {
      turns.add("many", "of many");
    }
    turns.add("one", "of one");
    assertEquals("of many", turns.next().orElseThrow());
    assertEquals("of one", turns.next().orElseThrow());
    assertEquals("of many", turns.next().orElseThrow());
  }

  @Test
  void whatOneHasKeepsItsOrder() {
    Turns<Integer> turns = new Turns<>();
    for (int i = 0; i < 5; i++) {
      turns.add("one", i);
      turns.add("other", 10 + i);
    }
    List<Integer> taken = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      taken.add(turns.next().orElseThrow());
    }
    assertEquals(List.of(0, 10, 1, 11, 2, 12, 3, 13, 4, 14), taken);
    assertTrue(turns.next().isEmpty());
  }

  @Test
  void theEndLeavesNobodyWaiting() {
    occupy();
    List<Future<?>> handshakes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      handshakes.add(begin("one", () -> {}));
    }
    tasks.close();
    free.countDown();
    handshakes.add(begin("late", () -> {}));
    for (Future<?> handshake : Collections.unmodifiableList(handshakes)) {
      ExecutionException e =
          assertThrows(
              ExecutionException.class, () -> handshake.get(SECONDS_MAX, TimeUnit.SECONDS));
      assertInstanceOf(SSLException.class, e.getCause());
    }
  }
}
