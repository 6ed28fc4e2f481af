package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that come before the body of their request has. */
class EarlyAnswersTest {

  private static final String BLOB = "/api/blobs/sha256:00";
  private static final String EARLY_BODY = "{\"error\":\"early\"}";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void anAnswerBeforeTheBodyWasSentIsForwarded() throws Exception {
    upstream.script(
        call -> {
          sendEarly(call);
          call.reset();
        });
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (int i = 0; i < 20; i++) {
        try (RawClient client = gateway.connect()) {
          client.send(TestGateway.postHeadOf(BLOB, "Content-Length: 10000000000"));
          client.send("x".repeat(i * 1000));
          assertEarly(client.answer());
        }
      }
    }
  }

  /** The server's reset may overtake its answer; what was there to be read must not be lost. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerInTheMiddleOfAnUploadIsForwarded(boolean reset) throws Exception {
    upstream.script(
        call -> {
          call.skipBody(500_000);
          sendEarly(call);
          if (reset) {
            call.reset();
          } else {
            call.close();
          }
        });
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (int i = 0; i < 20; i++) {
        try (RawClient client = gateway.connect()) {
          client.send(TestGateway.postHeadOf(BLOB, "Content-Length: 5000000"));
          byte[] piece = new byte[50_000];
          for (int sent = 0; sent < 5_000_000; sent += piece.length) {
            client.send(piece);
          }
          assertEarly(client.answer());
        }
      }
    }
  }

  /**
   * As {@code ollama create} does: a chunked upload, of which all is sent before anything is read,
   * and the next request on the same connection unless the answer says that it ends. A server that
   * has the blob answers at once and closes, with the rest unread.
   */
  @ParameterizedTest
  @CsvSource({
    "640, 30, true", "1024, 30, true", "8192, 10, true", "65536, 4, true",
    "640, 30, false", "1024, 30, false", "8192, 10, false", "65536, 4, false",
  })
  void aClientThatSendsAllBeforeItReadsGoesOn(int kib, int tries, boolean known) throws Exception {
    AtomicInteger blobs = new AtomicInteger();
    upstream.script(
        call -> {
          if (!call.target().equals(BLOB)) {
            call.respond(200, "{}");
          } else if (known) {
            call.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            if (blobs.getAndIncrement() % 2 == 0) {
              call.reset();
            } else {
              call.close();
            }
          } else {
            assertEquals(kib * 1024L, call.dropBody());
            call.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
          }
        });
    byte[] chunk = Bytes.of(Bytes.chunk("x".repeat(32 * 1024)));
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (int i = 0; i < tries; i++) {
        RawClient client = gateway.connect();
        try {
          client.send(TestGateway.postHeadOf(BLOB, "Transfer-Encoding: chunked"));
          for (int sent = 0; sent < kib; sent += 32) {
            client.send(chunk);
          }
          client.send(Bytes.LAST_CHUNK);
          Answer answer = client.answer();
          assertEquals(known ? 200 : 201, answer.status());
          if (answer.field("Connection").equals("close")) {
            client.close();
            client = gateway.connect();
          }
          client.send(TestGateway.postOf("/api/create", "{}"));
          assertEquals(200, client.answer().status());
        } finally {
          client.close();
        }
      }
    }
  }

  @Test
  void aSmallBodyThatNobodyReadCostsTheClientNoConnection() throws Exception {
    upstream.script(
        call -> {
          call.send("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
          call.close();
        });
    try (TestGateway gateway =
            TestGateway.before(upstream).set("limits", "{\"replayBytes\": 3}").start();
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postHeadOf("/api/chat", "Content-Length: 10") + "12345");
      assertEquals(404, client.answer().status());
      upstream.script(call -> call.respond(200, "{}"));
      client.send("67890" + TestGateway.postOf("/api/chat", "{\"n\":2}"));
      assertEquals(200, client.answer().status());
      assertEquals("{\"n\":2}", upstream.seen().getLast().body());
    }
  }

  private static void sendEarly(Call call) throws IOException {
    call.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n");
    call.send("Content-Length: " + EARLY_BODY.length() + "\r\n\r\n" + EARLY_BODY);
  }

  private static void assertEarly(Answer answer) {
    assertEquals(400, answer.status());
    assertEquals(EARLY_BODY, answer.text());
    assertEquals(End.COMPLETE, answer.end());
  }
}
