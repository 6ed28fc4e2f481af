package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A loop's own thread and the threads that it carries share the selector's locks. Would another
 * thread take them too, then one that is carried could come to wait for such a lock, and the loop's
 * own thread behind it: it would never run again.
 */
final class ForeignCloseTest {

  private static final int ROUNDS = 60;
  private static final int PAIRS = 100;
  private static final int CLOSERS = 4;

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
  void closingFromAnotherThreadNeverStopsTheLoop() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      List<LoopbackPair> pairs = new ArrayList<>();
      CountDownLatch ended = new CountDownLatch(PAIRS);
      for (int i = 0; i < PAIRS; i++) {
        LoopbackPair pair = LoopbackPair.on(loop);
        pairs.add(pair);
        loop.startThread(() -> waitAndClose(pair.connection(), ended));
      }
      List<Thread> closers = new ArrayList<>();
      for (int first = 0; first < CLOSERS; first++) {
        int from = first;
        closers.add(Thread.ofPlatform().start(() -> closeEach(pairs, from)));
      }
      Tasks.await(ended);
      for (Thread closer : closers) {
        closer.join();
      }
    }
  }

  @Test
  void theLoopItselfClosesWhatAnotherThreadWantsClosed() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch after = new CountDownLatch(1);
    try (LoopbackPair pair = LoopbackPair.on(loop)) {
      loop.execute(
          () -> {
            busy.countDown();
            Tasks.awaitUninterrupted(go);
          });
      Tasks.await(busy);
      pair.connection().close();
      assertTrue(pair.connection().isOpen(), "closed behind the loop's back");
      go.countDown();
      loop.execute(after::countDown);
      Tasks.await(after);

      assertFalse(pair.connection().isOpen());
    }
  }

  @Test
  void anotherLoopsThreadIsForeignToo() throws Exception {
    EventLoop other = EventLoops.unstarted("other");
    other.start();
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(1);
    try (LoopbackPair pair = LoopbackPair.on(loop)) {
      assertFalse(Tasks.run(loop, loop::isForeign));
      loop.execute(
          () -> {
            busy.countDown();
            Tasks.awaitUninterrupted(go);
          });
      Tasks.await(busy);
      boolean open =
          Tasks.run(
              other,
              () -> {
                pair.connection().close();
                return pair.connection().isOpen();
              });
      // On the JDK's scheduler it doesn't matter who closes.
      boolean carried = VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;
      assertEquals(carried, open, "closed behind the loop's back");
      assertEquals(carried, Tasks.run(other, loop::isForeign));
      go.countDown();
      Tasks.until(() -> !pair.connection().isOpen(), "it wasn't closed");
    } finally {
      go.countDown();
      other.close();
    }
  }

  @Test
  void aVirtualThreadThatNoLoopCarriesIsForeign() throws Exception {
    CompletableFuture<Boolean> foreign = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> foreign.complete(loop.isForeign()));

    boolean carried = VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;
    assertEquals(carried, Tasks.await(foreign));
  }

  /** The peer's side first, so that both sides close at about the same time. */
  private static void closeEach(List<LoopbackPair> pairs, int from) {
    try {
      for (int i = from; i < pairs.size(); i += CLOSERS) {
        pairs.get(i).peer().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = from; i < pairs.size(); i += CLOSERS) {
      pairs.get(i).connection().close();
    }
  }

  private static void waitAndClose(Connection connection, CountDownLatch ended) {
    try (connection) {
      connection.awaitReadable(null, Timer.NEVER, "the end");
    } catch (IOException e) {
      // Closed while it waited, or before.
    }
    ended.countDown();
  }
}
