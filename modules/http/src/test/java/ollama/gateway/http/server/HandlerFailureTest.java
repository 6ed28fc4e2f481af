package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketException;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.Test;

final class HandlerFailureTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";

  private final IllegalStateException failure = new IllegalStateException("on purpose, by a test");
  private final AssertionError error = new AssertionError("on purpose, by a test");

  @Test
  void beforeTheAnswerItBecomesA500() throws Exception {
    assertAnswered500(
        exchange -> {
          throw failure;
        },
        failure);
  }

  @Test
  void anIoExceptionBecomesA500Too() throws Exception {
    IOException io = new IOException("on purpose, by a test");
    assertAnswered500(
        exchange -> {
          throw io;
        },
        io);
  }

  @Test
  void whatWasWrittenButNotSentIsTakenBack() throws Exception {
    assertAnswered500(
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().field(FieldName.of("X"), "y");
          throw failure;
        },
        failure);
  }

  @Test
  void noAnswerAtAllBecomesA500() throws Exception {
    try (TestServer server = TestServer.start(exchange -> {})) {
      assertEquals(500, server.client().send(GET).receive().status());
      assertInstanceOf(IllegalStateException.class, server.failure());
    }
  }

  @Test
  void aBrokenRuleBecomesItsStatus() throws Exception {
    Handler handler =
        exchange -> {
          throw new ProtocolException(Rule.BODY_TOO_LARGE);
        };
    try (TestServer server = TestServer.start(handler)) {
      assertEquals(413, server.client().send(GET).receive().status());
      assertEquals(Rule.BODY_TOO_LARGE, server.refusal());
    }
  }

  @Test
  void aCutStreamHasNoLastChunk() throws Exception {
    try (TestServer server = TestServer.start(e -> failAfterHalf(e, Framing.CHUNKED))) {
      RawPeer client = server.client().send(GET);
      client.receiveHead();

      assertEquals("4\r\nhalf\r\n", client.rest());
      assertSame(failure, server.failure());
    }
  }

  @Test
  void aCutAnswerOfKnownLengthIsTooShort() throws Exception {
    try (TestServer server = TestServer.start(e -> failAfterHalf(e, Framing.ofLength(8)))) {
      RawPeer client = server.client().send(GET);
      client.receiveHead();

      assertEquals("half", client.rest());
      assertSame(failure, server.failure());
    }
  }

  @Test
  void aCutAnswerThatTheEndOfTheConnectionWouldCompleteIsReset() throws Exception {
    try (TestServer server = TestServer.start(e -> failAfterHalf(e, Framing.UNTIL_CLOSE))) {
      RawPeer client = server.client().send("GET / HTTP/1.0\n\n");

      assertThrows(SocketException.class, () -> client.receiveHead().head().concat(client.rest()));
      assertSame(failure, server.failure());
    }
  }

  @Test
  void aFailureBehindTheAnswerLeavesThatWhole() throws Exception {
    Handler handler =
        exchange -> {
          Handlers.text(exchange, 200, "whole");
          throw failure;
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);

      assertEquals("whole", client.receive().body());
      assertTrue(client.atEnd());
      assertSame(failure, server.failure());
    }
  }

  @Test
  void anErrorBecomesA500Too() throws Exception {
    assertAnswered500(
        exchange -> {
          throw error;
        },
        error);
  }

  @Test
  void anErrorEndsTheConnectionAndNothingElse() throws Exception {
    Handler handler =
        exchange -> {
          if (exchange.request().path().equals("/error")) {
            exchange.response().start(200, Framing.CHUNKED);
            exchange.response().endHead();
            Handlers.piece(exchange, "half");
            throw error;
          }
          Handlers.ECHO.handle(exchange);
        };
    try (TestServer server = TestServer.start(handler)) {
      RawPeer other = server.client().send(GET);
      assertEquals("GET / ", other.receive().body());
      RawPeer client = server.client().send("GET /error HTTP/1.1\nHost: a\n\n");
      client.receiveHead();
      assertEquals("4\r\nhalf\r\n", client.rest());
      assertSame(error, server.failure());

      assertEquals("GET / ", other.send(GET).receive().body());
      assertEquals("GET / ", server.client().send(GET).receive().body());
    }
  }

  private void failAfterHalf(Exchange exchange, Framing framing) throws IOException {
    exchange.response().start(200, framing);
    exchange.response().endHead();
    Handlers.piece(exchange, "half");
    throw failure;
  }

  private static void assertAnswered500(Handler handler, Throwable expected) throws Exception {
    try (TestServer server = TestServer.start(handler)) {
      RawPeer client = server.client().send(GET);
      Answer answer = client.receive();

      assertEquals(
          """
          HTTP/1.1 500 Internal Server Error
          Content-Length: 26
          Connection: close
          Content-Type: application/json; charset=utf-8
          """,
          answer.head());
      assertEquals("{\"error\":\"internal error\"}", answer.body());
      assertEquals("", client.rest());
      assertSame(expected, server.failure());
    }
  }
}
