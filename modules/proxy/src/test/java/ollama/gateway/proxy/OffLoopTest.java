package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Phaser;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OffLoopTest {

  private final OffLoop offLoop = new OffLoop();

  @AfterEach
  void close() {
    offLoop.close();
  }

  @Test
  void scrapesThatPileUpDoNotKeepAReloadWaiting() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean full = new AtomicBoolean();
    Phaser scraping = new Phaser(1);
    while (!full.get()) {
      scraping.register();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  offLoop.call(OffLoop.Work.SCRAPES, () -> awaited(go));
                } catch (RejectedExecutionException e) {
                  full.set(true);
                } catch (ExecutionException e) {
                  // The test is over.
                } finally {
                  scraping.arriveAndDeregister();
                }
              });
    }

    assertEquals("done", offLoop.call(OffLoop.Work.ADMINISTRATION, () -> "done"));

    go.countDown();
    int _ = scraping.arriveAndAwaitAdvance();
    assertEquals("page", offLoop.call(OffLoop.Work.SCRAPES, () -> "page"));
  }

  @Test
  void whatATaskThrowsIsTheCause() {
    IOException failure = new IOException("no");

    ExecutionException e =
        assertThrows(
            ExecutionException.class,
            () ->
                offLoop.call(
                    OffLoop.Work.ADMINISTRATION,
                    () -> {
                      throw failure;
                    }));

    assertSame(failure, e.getCause());
  }

  private static boolean awaited(CountDownLatch go) throws InterruptedException {
    go.await();
    return true;
  }
}
