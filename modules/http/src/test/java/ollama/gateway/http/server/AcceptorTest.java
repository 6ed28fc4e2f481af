package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.loop.VirtualThreads;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AcceptorTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";

  /** A storm of connections that wait to be accepted leaves the loop to others in between. */
  @Test
  void acceptingTakesTurnsWithAllElseOnItsLoop() throws Exception {
    int storm = 300;
    // The JDK's scheduler has threads of its own for that.
    boolean carried = VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;
    int most = carried ? 16 : storm;
    AtomicInteger opened = new AtomicInteger();
    TestServer.Bounds bounds = new TestServer.Bounds().onOpened(opened::incrementAndGet);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      AtomicInteger mostInOneTurn = new AtomicInteger();
      Runnable eachTurn =
          new Runnable() {
            private int before;

            @Override
            public void run() {
              int now = opened.get();
              mostInOneTurn.accumulateAndGet(now - before, Math::max);
              before = now;
              if (now < storm) {
                server.loop().execute(this);
              } else {
                done.countDown();
              }
            }
          };
      server
          .loop()
          .execute(
              () -> {
                held.countDown();
                Handlers.await(go);
                eachTurn.run();
              });
      Tasks.await(held);
      List<RawPeer> clients = new ArrayList<>();
      for (int i = 0; i < storm; i++) {
        clients.add(server.client());
      }
      go.countDown();
      Tasks.await(done);

      assertTrue(mostInOneTurn.get() <= most, mostInOneTurn + " accepted in one turn of the loop");
      assertEquals(200, clients.getLast().send(GET).receive().status());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureEndsOneConnectionAndNotAccepting(boolean error) throws Exception {
    AtomicBoolean failing = new AtomicBoolean(true);
    RuntimeException mistake = new IllegalStateException("on purpose, by a test");
    Error worse = new AssertionError("on purpose, by a test");
    TestServer.Bounds bounds =
        new TestServer.Bounds()
            .onOpened(
                () -> {
                  if (!failing.getAndSet(false)) {
                    return;
                  }
                  if (error) {
                    throw worse;
                  }
                  throw mistake;
                });
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      assertTrue(server.client().atEnd());
      assertSame(error ? worse : mistake, server.failure());
      assertEquals(200, server.client().send(GET).receive().status());
      assertEquals(1, server.server().connectionCount());
    }
  }
}
