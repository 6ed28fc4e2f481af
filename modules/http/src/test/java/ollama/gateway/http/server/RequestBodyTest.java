package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestBodyTest {

  private static final String EXPECTING =
      """
      POST / HTTP/1.1
      Host: a
      Content-Length: 4
      Expect: 100-continue

      """;

  private static final String NEXT = "GET /next HTTP/1.1\nHost: a\n\n";

  private static final String CHUNKED = "Transfer-Encoding: chunked";

  private static final Handler UNWANTED = exchange -> Handlers.text(exchange, 200, "no, thanks");

  @Test
  void chunksAreTakenWithExtensionsAndTrailersDropped() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send(
          """
          POST / HTTP/1.1
          Host: a
          Transfer-Encoding: chunked

          4;x=y
          abcd
          1
          e
          0
          Authorization: nobody reads this

          """);

      assertEquals("POST / abcde", client.receive().body());
      assertEquals("GET /next ", client.send(NEXT).receive().body());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16_384, 16_385, 3_000_000})
  void bodiesOfAnySizeArriveWhole(int bytes) throws Exception {
    String body = "0123456789abcdef".repeat(1 + bytes / 16).substring(0, bytes);
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: %d\n\n".formatted(bytes));
      client.sendRaw(body);
      assertEquals("POST / " + body, client.receive().body());

      client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n");
      client.sendRaw(Integer.toHexString(bytes) + "\r\n" + body + "\r\n0\r\n\r\n");
      assertEquals("POST / " + body, client.receive().body());
    }
  }

  @Test
  void aClientThatWaitsForItIsToldToContinue() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      for (int i = 0; i < 2; i++) {
        client.send(EXPECTING);
        assertEquals("HTTP/1.1 100 Continue\n", client.receive().head());
        assertEquals("POST / body", client.sendRaw("body").receive().body());
      }
    }
  }

  @Test
  void aClientThatDoesntWaitIsNotToldAnything() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      Answer answer = client.send(EXPECTING + "body").receive();

      assertEquals("POST / body", answer.body());
      assertFalse(answer.saysClose());
      assertEquals("GET /next ", client.send(NEXT).receive().body());
    }
  }

  @Test
  void http10IsNeverToldToContinue() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send(EXPECTING.replace("HTTP/1.1", "HTTP/1.0")).sendRaw("body");

      assertEquals("POST / body", client.receive().body());
    }
  }

  @Test
  void aRefusalComesInsteadOfContinueAndEndsTheConnection() throws Exception {
    try (TestServer server = TestServer.start(UNWANTED)) {
      RawPeer client = server.client();
      Answer answer = client.send(EXPECTING).receive();

      assertEquals(200, answer.status());
      assertTrue(answer.saysClose());
      assertEquals("", client.rest());
    }
  }

  @Test
  void continueNeverComesInsideAnAnswer() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().endHead();
          exchange.response().flush();
          Handlers.piece(exchange, Handlers.body(exchange));
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(EXPECTING);
      assertEquals(200, client.receiveHead().status());
      client.sendRaw("body");

      assertEquals("4\r\nbody\r\n0\r\n\r\n", client.rest());
    }
  }

  @Test
  void aBodyMayBeAsLongAsItsBound() throws Exception {
    try (TestServer server = TestServer.start(RequestBodyTest::atMostTen)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 10\n\n0123456789");
      assertEquals("0123456789", client.receive().body());

      client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\na\n0123456789\n0\n\n");
      assertEquals("0123456789", client.receive().body());
    }
  }

  @Test
  void aTooLongBodyIsRefusedThoughAllOfItIsSent() throws Exception {
    try (TestServer server = TestServer.start(RequestBodyTest::atMostTen)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 2000000\n\n");
      client.sendRaw("a".repeat(2_000_000));
      Answer answer = client.receive();

      assertEquals(413, answer.status());
      assertTrue(answer.saysClose());
      assertEquals("", client.rest());
      assertEquals(Rule.BODY_TOO_LARGE, server.refusal());
    }
  }

  @Test
  void anUnwantedBodyIsDroppedAndTheConnectionKept() throws Exception {
    try (TestServer server = TestServer.start(UNWANTED)) {
      RawPeer client = server.client();
      for (int i = 0; i < 3; i++) {
        client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 200000\n\n");
        client.sendRaw("a".repeat(200_000));
        assertFalse(client.receive().saysClose());
      }
      assertEquals("no, thanks", client.send(NEXT).receive().body());
    }
  }

  @Test
  void anUnwantedBodyThatIsTooLongEndsTheConnection() throws Exception {
    try (TestServer server = TestServer.start(UNWANTED)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 300000\n\n");
      client.sendRaw("a".repeat(300_000));

      assertTrue(client.receive().saysClose());
      assertEquals("", client.rest());
    }
  }

  /** Its end tells how much there is, so it must have come before the answer's head goes out. */
  @Test
  void anUnwantedBodyOfUnknownLengthIsDroppedAndTheConnectionKeptIfItsEndIsAtHand()
      throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    Handler handler =
        exchange -> {
          Handlers.await(sent);
          UNWANTED.handle(exchange);
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n");
      client.sendRaw("9c40\r\n" + "a".repeat(40_000) + "\r\n5\r\nabcde\r\n0\r\nX: y\r\n\r\n");
      client.send(NEXT);
      sent.countDown();

      assertFalse(client.receive().saysClose());
      assertEquals("no, thanks", client.receive().body());
    }
  }

  @Test
  void anUnwantedBodyOfUnknownLengthEndsTheConnection() throws Exception {
    try (TestServer server = TestServer.start(UNWANTED)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5\nabcde\n");

      Answer answer = client.receive();
      assertEquals("no, thanks", answer.body());
      assertTrue(answer.saysClose());
      client.sendRaw("7a120\r\n" + "a".repeat(500_000) + "\r\n0\r\n\r\n");
      assertEquals("", client.rest());
    }
  }

  @Test
  void anUnwantedBodyThatIsBrokenEndsTheConnectionWithoutASecondAnswer() throws Exception {
    try (TestServer server = TestServer.start(UNWANTED)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nnonsense\n");

      Answer answer = client.receive();
      assertEquals("no, thanks", answer.body());
      assertTrue(answer.saysClose());
      assertEquals("", client.rest());
    }
  }

  /** Many clients read nothing before they have sent all; 32 MiB are more than sockets hold. */
  @ParameterizedTest
  @ValueSource(ints = {10, 8_000_000})
  void aClientThatSendsAllBeforeItReadsHearsAnEarlyAnswer(int answerBytes) throws Exception {
    String body = "b".repeat(answerBytes);
    Handler handler = exchange -> Handlers.text(exchange, 200, body);
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n");
      String chunk = "100000\r\n" + "a".repeat(1 << 20) + "\r\n";
      for (int i = 0; i < 32; i++) {
        client.sendRaw(chunk);
      }
      client.sendRaw("0\r\n\r\n");

      Answer answer = client.receive();
      assertTrue(answer.saysClose());
      assertEquals(body, answer.body());
      assertEquals("", client.rest());
    }
  }

  /** A byte now and then doesn't put it off, whether the rest is skipped or lingered for. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 200000", "Content-Length: 300000", CHUNKED})
  void anUnwantedBodyHasOneDeadlineInAll(String framing) throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().bodyIdleMillis(200).lingerMillis(3_600_000);
    assertEndsThoughABodyDribbles(bounds, framing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 200000", "Content-Length: 300000", CHUNKED})
  void lingeringIsBounded(String framing) throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().bodyIdleMillis(3_600_000).lingerMillis(200);
    assertEndsThoughABodyDribbles(bounds, framing);
  }

  private static void assertEndsThoughABodyDribbles(TestServer.Bounds bounds, String framing)
      throws Exception {
    try (TestServer server = TestServer.start(bounds, UNWANTED)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\n" + framing + "\n\n");
      if (framing.equals(CHUNKED)) {
        client.send("100\n");
      }
      boolean kept = !client.receive().saysClose();
      assertEquals(framing.endsWith("200000"), kept);
      long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(Tasks.SECONDS_MAX);
      while (server.server().connectionCount() > 0) {
        assertTrue(System.nanoTime() < giveUp, "each byte puts the end off");
        try {
          client.sendRaw("a");
        } catch (IOException e) {
          // It is gone.
        }
        Tasks.turn(server.loop());
      }
      if (kept) {
        assertEquals(Rule.BODY_TOO_SLOW, server.refusal());
      }
    }
  }

  @Test
  void anUnwantedBodyThatStopsComingEndsTheConnectionWithoutASecondAnswer() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().bodyIdleMillis(50);
    try (TestServer server = TestServer.start(bounds, UNWANTED)) {
      RawPeer client = server.client();
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 4\n\nab");

      assertEquals("no, thanks", client.receive().body());
      assertEquals("", client.rest());
      assertEquals(Rule.BODY_TOO_SLOW, server.refusal());
    }
  }

  private static void atMostTen(Exchange exchange) throws IOException {
    exchange.body().limit(10);
    Handlers.text(exchange, 200, Handlers.body(exchange));
  }
}
