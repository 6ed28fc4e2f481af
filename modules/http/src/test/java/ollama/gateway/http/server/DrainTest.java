package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;

final class DrainTest {

  private static final Duration PATIENCE = Duration.ofSeconds(Tasks.SECONDS_MAX);
  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @Test
  void idleConnectionsAreClosedAtOnce() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer silent = server.client();
      RawPeer idle = server.client().send(GET);
      assertEquals(200, idle.receive().status());
      Tasks.until(() -> server.server().connectionCount() == 2, "not accepted");

      assertTrue(server.server().drain(PATIENCE));
      assertTrue(server.server().draining());
      assertEquals("", silent.rest());
      assertEquals("", idle.rest());
      assertEquals(0, server.server().connectionCount());
    }
  }

  @Test
  void anEmptyLineBehindARequestIsNoRequestToWaitFor() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client().send(GET + "\n");
      assertEquals(200, client.receive().status());

      assertTrue(server.server().drain(PATIENCE));
      assertEquals("", client.rest());
    }
  }

  @Test
  void nobodyConnectsAnyMore() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      assertTrue(server.server().drain(PATIENCE));
      // The socket itself is closed by the loop's next turn.
      Tasks.turn(server.loop());

      assertThrows(ConnectException.class, server::client);
    }
  }

  @Test
  void aRequestAtWorkIsAnsweredAndToldThatItIsTheLast() throws Exception {
    Handler handler =
        exchange -> {
          begun.countDown();
          Handlers.await(goOn);
          Handlers.ECHO.handle(exchange);
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);
      Tasks.await(begun);
      FutureTask<Boolean> drained = drain(server);
      goOn.countDown();

      Answer answer = client.receive();
      assertEquals("GET / ", answer.body());
      assertTrue(answer.saysClose());
      assertEquals("", client.rest());
      assertTrue(Tasks.await(drained));
    }
  }

  @Test
  void aStreamAtWorkGoesOnToItsEnd() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().endHead();
          Handlers.piece(exchange, "one");
          Handlers.await(goOn);
          Handlers.piece(exchange, "two");
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);
      assertFalse(client.receiveHead().saysClose());
      FutureTask<Boolean> drained = drain(server);
      goOn.countDown();

      assertEquals("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", client.rest());
      assertTrue(Tasks.await(drained));
    }
  }

  @Test
  void aRequestThatIsOnItsWayIsStillAnswered() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send("GET /first HTTP/1.1\nHost: a\n\nGET /second HT");
      assertFalse(client.receive().saysClose());
      FutureTask<Boolean> drained = drain(server);

      Answer answer = client.send("TP/1.1\nHost: a\n\n").receive();
      assertEquals("GET /second ", answer.body());
      assertTrue(answer.saysClose());
      assertEquals("", client.rest());
      assertTrue(Tasks.await(drained));
    }
  }

  @Test
  void whoWaitsIsToldWhenItTakesTooLong() throws Exception {
    Handler handler =
        exchange -> {
          begun.countDown();
          Handlers.await(goOn);
          Handlers.ECHO.handle(exchange);
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);
      Tasks.await(begun);

      assertFalse(server.server().drain(Duration.ofMillis(20)));
      goOn.countDown();
      assertTrue(server.server().drain(PATIENCE));
      assertEquals(200, client.receive().status());
    }
  }

  @Test
  void closingCutsWhatIsAtWork() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    Handler handler =
        exchange -> {
          begun.countDown();
          try {
            while (true) {
              exchange.body().await(null);
            }
          } finally {
            cut.countDown();
          }
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\n");
      Tasks.await(begun);
      server.server().close();

      Tasks.await(cut);
      assertTrue(client.atEnd());
      server.awaitNoConnections();
    }
  }

  private static FutureTask<Boolean> drain(TestServer server) {
    FutureTask<Boolean> drained = new FutureTask<>(() -> server.server().drain(PATIENCE));
    Thread.ofPlatform().start(drained);
    Tasks.until(() -> server.server().draining(), "not draining");
    return drained;
  }
}
