package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A handler waits for an origin that says nothing, with an eye on its client. */
final class ClientLeavesTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";

  private final CompletableFuture<Connection> origin = new CompletableFuture<>();
  private final CountDownLatch waiting = new CountDownLatch(1);
  private final CompletableFuture<IOException> ended = new CompletableFuture<>();
  private final MemoryBudget budget = new MemoryBudget(4 << 20);
  private TestServer server;
  private LoopbackPair pair;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(new TestServer.Bounds().aheadBudget(budget), this::handle);
    pair = LoopbackPair.on(server.loop());
    origin.complete(pair.connection());
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
    server.close();
  }

  @Test
  void aClientThatClosesHasLeft() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    client.close();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  @Test
  void aClientThatClosesItsSendingSideHasLeft() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    client.endSending();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
    assertEquals("", client.rest());
  }

  @Test
  void aClientThatResetsHasLeft() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    client.reset();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  @Test
  void aClientThatLeftBeforeTheWaitHasLeft() throws Exception {
    server.client().send(GET).close();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  @ParameterizedTest
  @ValueSource(ints = {8_000, 17_000, 100_000, 300_000, 3_000_000})
  void theNextRequestDoesntHideThatTheClientLeft(int bytes) throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    client.send("POST /next HTTP/1.1\nHost: a\nContent-Length: %d\n\n".formatted(bytes));
    client.sendRaw("a".repeat(bytes)).endSending();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  @ParameterizedTest
  @ValueSource(ints = {8_000, 17_000, 100_000, 1_000_000})
  void aBodyThatNobodyTakesDoesntHideThatTheClientLeft(int bytes) throws Exception {
    RawPeer client = server.client();
    client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 5000000\n\n");
    Tasks.await(waiting);
    client.sendRaw("a".repeat(bytes)).close();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  /** More than is read ahead: only what the system tells of the end itself shows it then. */
  @Test
  void withMoreThanIsReadAheadOneWhoClosesHasLeftAllTheSameOnUring() throws Exception {
    // Elsewhere what isn't read may leave no room for the end to come.
    if (EventLoops.bestIo().equals("io_uring")) {
      RawPeer client = clientThatSendsMoreThanIsReadAhead();
      client.close();

      assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
    }
  }

  @Test
  void withMoreThanIsReadAheadOneWhoResetsHasLeftAllTheSame() throws Exception {
    assumeTrue(
        System.getProperty("os.name", "").equals("Linux"),
        "not checked: that a reset is seen behind what isn't read, which needs Linux");
    RawPeer client = clientThatSendsMoreThanIsReadAhead();
    client.reset();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  private RawPeer clientThatSendsMoreThanIsReadAhead() throws Exception {
    RawPeer client = server.client();
    client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 5000000\n\n");
    Tasks.await(waiting);
    return client.sendRaw("a".repeat(1_100_000));
  }

  @Test
  void aBodyThatWasReadAheadIsTakenWhole() throws Exception {
    String body = "0123456789".repeat(60_000);
    RawPeer client = server.client();
    client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 600000\n\n");
    Tasks.await(waiting);
    client.sendRaw(body).send("GET /next HTTP/1.1\nHost: a\n\n");
    Tasks.until(() -> budget.takenBytes() > 500_000, "not read ahead");
    pair.peer().getOutputStream().write('a');

    assertEquals("POST / " + body, client.receive().body());
    assertEquals("GET /next ", client.receive().body());
  }

  @Test
  void nextRequestsThatDontFitAreDroppedAndTheAnswerSaysThatItIsTheLast() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    String more = "GET /more HTTP/1.1\nHost: a\n\n".repeat(6_000);
    client.send(more);
    Tasks.until(() -> budget.takenBytes() > 150_000, "not read ahead");
    client.send(more);
    Tasks.until(() -> budget.takenBytes() == 0, "not dropped");
    pair.peer().getOutputStream().write('a');

    Answer answer = client.receive();
    assertEquals("GET / ", answer.body());
    assertTrue(answer.saysClose());
    assertEquals("", client.rest());
  }

  @Test
  void requestsReadAheadAreAnsweredInTheirTurn() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    client.send("GET /second HTTP/1.1\nHost: a\n\nGET /third HTTP/1.1\nHost: a\n\n");
    pair.peer().getOutputStream().write('a');

    assertEquals("GET / ", client.receive().body());
    assertEquals("GET /second ", client.receive().body());
    assertEquals("GET /third ", client.receive().body());
  }

  @Test
  void readingAheadIsBoundedAndNothingIsLost() throws Exception {
    int requests = 3_000;
    RawPeer client = server.client().send(GET);
    Tasks.await(waiting);
    Thread sender =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    client.send("GET /more HTTP/1.1\nHost: a\n\n".repeat(requests));
                  } catch (IOException e) {
                    // The receiving side of the test tells.
                  }
                });
    pair.peer().getOutputStream().write('a');

    assertEquals("GET / ", client.receive().body());
    for (int i = 0; i < requests; i++) {
      assertEquals("GET /more ", client.receive().body());
    }
    sender.join();
  }

  @Test
  void aClientThatLeavesEndsAStream() throws Exception {
    CompletableFuture<IOException> streamEnded = new CompletableFuture<>();
    Handler streaming =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().endHead();
          try {
            while (true) {
              Handlers.piece(exchange, "token ".repeat(100));
            }
          } catch (IOException e) {
            streamEnded.complete(e);
            throw e;
          }
        };
    try (TestServer other = TestServer.start(streaming)) {
      RawPeer client = other.client().send(GET);
      client.receiveHead();
      client.close();

      assertInstanceOf(PeerLeftException.class, Tasks.await(streamEnded));
    }
  }

  @Test
  void aClientThatStopsReadingHasLeft() throws Exception {
    CompletableFuture<IOException> streamEnded = new CompletableFuture<>();
    Handler streaming =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().endHead();
          try {
            while (true) {
              Handlers.piece(exchange, "token ".repeat(1_000));
            }
          } catch (IOException e) {
            streamEnded.complete(e);
            throw e;
          }
        };
    TestServer.Bounds bounds = new TestServer.Bounds().writeStallMillis(60);
    try (TestServer other = TestServer.start(bounds, streaming)) {
      RawPeer client = other.client().send(GET);

      IOException why = Tasks.await(streamEnded);
      assertInstanceOf(PeerLeftException.class, why);
      assertInstanceOf(DeadlineException.class, why.getCause());
      assertEquals(200, client.receiveHead().status());
    }
  }

  private void handle(Exchange exchange) throws IOException {
    if (exchange.request().target().equals("/")) {
      try {
        awaitOrigin(exchange);
      } catch (IOException e) {
        ended.complete(e);
        throw e;
      }
    }
    Handlers.ECHO.handle(exchange);
  }

  private void awaitOrigin(Exchange exchange) throws IOException {
    Connection connection = origin.join();
    waiting.countDown();
    while (!connection.readable()) {
      connection.awaitReadable(exchange.watched(), Timer.NEVER, "the origin");
      exchange.check();
    }
  }
}
