package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.PayloadObserver;
import org.junit.jupiter.api.Test;

final class AnswerTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";
  private static final String HEAD = "HEAD / HTTP/1.1\nHost: a\n\n";

  @Test
  void aStreamGoesOutPieceByPieceAsChunks() throws Exception {
    CountDownLatch firstSeen = new CountDownLatch(1);
    Handler handler =
        exchange -> {
          exchange.response().start(200, Framing.UNTIL_CLOSE);
          exchange.response().endHead();
          Handlers.piece(exchange, "one");
          Handlers.await(firstSeen);
          Handlers.piece(exchange, "two");
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);
      assertEquals(List.of("chunked"), client.receiveHead().values("Transfer-Encoding"));
      assertEquals("3\r\none\r\n", client.bytes(8));
      firstSeen.countDown();
      assertEquals("3\r\ntwo\r\n0\r\n\r\n", client.bytes(13));

      firstSeen.countDown();
      assertEquals("onetwo", client.send(GET).receive().body());
    }
  }

  @Test
  void aStreamToHttp10EndsWithTheConnection() throws Exception {
    try (TestServer server = TestServer.start(AnswerTest::stream)) {
      RawPeer client = server.client().send("GET / HTTP/1.0\n\n");
      Answer answer = client.receive();

      assertEquals("HTTP/1.1 200 OK\nConnection: close\n", answer.head());
      assertEquals("onetwo", answer.body());
    }
  }

  @Test
  void waitingInAStreamHoldsNoBuffer() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    Handler handler =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().endHead();
          Handlers.piece(exchange, "one");
          // As when what came from the origin was framing without payload.
          BodyDecoder source = new BodyDecoder();
          source.reset(Framing.CHUNKED);
          exchange.response().body(source, Bytes.buffer("5\r\n"), PayloadObserver.NONE);
          exchange.response().flush();
          Handlers.await(goOn);
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);
      client.receiveHead();
      assertEquals("3\r\none\r\n", client.bytes(8));

      server.awaitNoBuffers();
      goOn.countDown();
      assertEquals("0\r\n\r\n", client.bytes(5));
    }
  }

  @Test
  void anAnswerOfKnownLengthIsSentAsItIs() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().start(201, Framing.ofLength(6));
          exchange.response().field(FieldName.of("X"), "y");
          exchange.response().endHead();
          Handlers.piece(exchange, "one");
          Handlers.piece(exchange, "two");
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      for (int i = 0; i < 3; i++) {
        Answer answer = client.send(GET).receive();
        assertEquals("HTTP/1.1 201 Created\nContent-Length: 6\nX: y\n", answer.head());
        assertEquals("onetwo", answer.body());
      }
    }
  }

  @Test
  void aLargeAnswerArrivesWhole() throws Exception {
    String text = "0123456789abcdef".repeat(500_000);
    try (TestServer server = TestServer.start(e -> Handlers.text(e, 200, text))) {
      assertEquals(text, server.client().send(GET).receive().body());
    }
  }

  @Test
  void headGetsTheHeadOfGetAndTheConnectionGoesOn() throws Exception {
    try (TestServer server = TestServer.start(e -> Handlers.text(e, 200, "hello"))) {
      RawPeer client = server.client();
      for (int i = 0; i < 3; i++) {
        Answer answer = client.send(HEAD).receiveHead();
        assertEquals(
            "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Type: text/plain\n", answer.head());
      }
      assertEquals("hello", client.send(GET).receive().body());
    }
  }

  @Test
  void headOfAStreamHasNoBodyEither() throws Exception {
    try (TestServer server = TestServer.start(AnswerTest::stream)) {
      RawPeer client = server.client();
      for (int i = 0; i < 3; i++) {
        assertEquals(200, client.send(HEAD).receiveHead().status());
      }
      assertEquals("onetwo", client.send(GET).receive().body());
    }
  }

  @Test
  void noContentHasNeitherLengthNorBody() throws Exception {
    Handler handler = e -> e.response().respond(204, Optional.empty(), new byte[0]);
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      assertEquals("HTTP/1.1 204 No Content\n", client.send(GET).receive().head());
      assertEquals("HTTP/1.1 204 No Content\n", client.send(GET).receive().head());
    }
  }

  @Test
  void anAnswerWithoutABodySaysSo() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().start(200, Framing.NONE);
          exchange.response().endHead();
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      assertEquals("HTTP/1.1 200 OK\nContent-Length: 0\n", client.send(GET).receive().head());
      assertEquals("HTTP/1.1 200 OK\n", client.send(HEAD).receiveHead().head());
    }
  }

  @Test
  void notModifiedMayTellTheLengthButHasNoBody() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().start(304, Framing.NONE);
          exchange.response().field(FieldName.of("Content-Length"), 5);
          exchange.response().endHead();
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client();
      for (int i = 0; i < 2; i++) {
        assertEquals(
            "HTTP/1.1 304 Not Modified\nContent-Length: 5\n", client.send(GET).receive().head());
      }
    }
  }

  @Test
  void anAnswerOfOurOwnHasADate() throws Exception {
    try (TestServer server = TestServer.start(e -> Handlers.text(e, 200, "hello"))) {
      RawPeer client = server.client().send(GET);
      List<String> dates = new ArrayList<>();
      for (String line = client.line(); !line.isEmpty(); line = client.line()) {
        if (line.startsWith("Date: ")) {
          dates.add(line.substring(6));
        }
      }

      assertEquals(1, dates.size());
      Instant date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(dates.getFirst()));
      assertTrue(Duration.between(date, Instant.now()).abs().toMinutes() < 1, dates.toString());
    }
  }

  @Test
  void interimAnswersComeBefore() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().interim(103, fields -> fields.field(FieldName.of("Link"), "</a>"));
          Handlers.text(exchange, 200, "done");
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);

      assertEquals("HTTP/1.1 103 Early Hints\nLink: </a>\n", client.receive().head());
      assertEquals("done", client.receive().body());
    }
  }

  @Test
  void anAnswerOfWhichNothingWasSentCanBeWithdrawn() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().field(FieldName.of("X"), "gone");
          assertTrue(exchange.response().started());
          exchange.response().withdraw();
          Handlers.text(exchange, 503, "sorry");
          assertThrows(IllegalStateException.class, () -> exchange.response().withdraw());
        };
    try (TestServer server = TestServer.start(handler)) {
      Answer answer = server.client().send(GET).receive();

      assertEquals(
          "HTTP/1.1 503 Service Unavailable\nContent-Length: 5\nContent-Type: text/plain\n",
          answer.head());
    }
  }

  @Test
  void aHandlerCanMakeItTheLast() throws Exception {
    Handler handler =
        exchange -> {
          exchange.response().closeAfter();
          Handlers.text(exchange, 200, "bye");
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);

      assertTrue(client.receive().saysClose());
      assertTrue(client.atEnd());
    }
  }

  private static void stream(Exchange exchange) throws IOException {
    exchange.response().start(200, Framing.CHUNKED);
    exchange.response().endHead();
    if (!exchange.request().method().equals("HEAD")) {
      Handlers.piece(exchange, "one");
      Handlers.piece(exchange, "two");
    }
    exchange.response().end();
  }
}
