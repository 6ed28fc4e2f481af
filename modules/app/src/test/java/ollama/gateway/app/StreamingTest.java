package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every token is forwarded as it arrives: the server waits with the next until the client has it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamingTest {

  private static final int LINES = 200;

  private final FakeUpstream upstream;
  private final TestGateway gateway;

  StreamingTest() throws Exception {
    upstream = FakeUpstream.simple();
    gateway = TestGateway.start(upstream);
  }

  @AfterAll
  void close() throws IOException {
    gateway.close();
    upstream.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat, application/x-ndjson, true",
    "/api/chat, application/x-ndjson, false",
    "/v1/chat/completions, text/event-stream, true",
    "/v1/chat/completions, text/event-stream, false",
  })
  void theNextLineIsSentOnlyWhenTheClientHasTheOneBefore(String path, String type, boolean chunked)
      throws Exception {
    Semaphore clientHas = new Semaphore(0);
    upstream.script(
        call -> {
          call.readBody();
          call.send(head(type, chunked));
          for (int i = 0; i < LINES; i++) {
            call.send(chunked ? Bytes.chunk(line(type, i)) : line(type, i));
            acquire(clientHas);
          }
          if (chunked) {
            call.send(Bytes.LAST_CHUNK);
          } else {
            call.close();
          }
        });
    try (RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf(path, "{}"));
      Head head = client.head();
      assertEquals(type, head.field("Content-Type"));
      assertEquals("chunked", head.field("Transfer-Encoding"));
      for (int i = 0; i < LINES; i++) {
        assertEquals(line(type, i), client.chunk());
        clientHas.release();
      }
      assertEquals("", client.chunk());
      // And the connection lives on.
      upstream.script(call -> call.respond(200, "{}"));
      assertEquals("{}", client.send(TestGateway.postOf(path, "{}")).answer().text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/x-ndjson", "text/event-stream"})
  void aClientOfHttp10GetsEachLineAtOnceToo(String type) throws Exception {
    Semaphore clientHas = new Semaphore(0);
    upstream.script(
        call -> {
          call.readBody();
          call.send(head(type, true));
          for (int i = 0; i < LINES; i++) {
            call.send(Bytes.chunk(line(type, i)));
            acquire(clientHas);
          }
          call.send(Bytes.LAST_CHUNK);
        });
    try (RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{}").replace("HTTP/1.1", "HTTP/1.0"));
      assertEquals("", client.head().field("Transfer-Encoding"));
      for (int i = 0; i < LINES; i++) {
        assertEquals(line(type, i), client.exactly(line(type, i).length()));
        clientHas.release();
      }
      assertEquals(End.CLOSED, client.end());
    }
  }

  @Test
  void theHeadAndTheFirstLineArriveTogether() throws Exception {
    for (int i = 0; i < 20; i++) {
      Semaphore clientHas = new Semaphore(0);
      upstream.script(
          call -> {
            call.readBody();
            call.send(head("application/x-ndjson", true) + Bytes.chunk("{\"first\":1}\n"));
            acquire(clientHas);
            call.send(Bytes.LAST_CHUNK);
          });
      try (RawClient client = gateway.connect()) {
        String first = client.send(TestGateway.postOf("/api/chat", "{}")).some();
        assertTrue(first.startsWith("HTTP/1.1 200 OK\r\n"), first);
        assertTrue(first.endsWith("\r\n\r\nc\r\n{\"first\":1}\n\r\n"), first);
        clientHas.release();
        assertEquals("", client.chunk());
      }
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    upstream.script(call -> call.respond(200, "{\"for\":\"" + call.target() + "\"}"));
    StringBuilder requests = new StringBuilder();
    int count = 100;
    for (int i = 0; i < count; i++) {
      requests.append(
          i % 3 == 0
              ? TestGateway.postOf("/api/chat?" + i, "{\"n\":" + i + "}")
              : "GET /api/tags?" + i + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "\r\n");
    }
    try (RawClient client = gateway.connect()) {
      client.send(requests.toString());
      for (int i = 0; i < count; i++) {
        String target = (i % 3 == 0 ? "/api/chat?" : "/api/tags?") + i;
        assertEquals("{\"for\":\"" + target + "\"}", client.answer().text());
      }
    }
  }

  @Test
  void aHeadWithoutALineIsForwardedAtOnceToo() throws Exception {
    Semaphore clientHas = new Semaphore(0);
    upstream.script(
        call -> {
          call.readBody();
          call.send(head("text/event-stream", true));
          acquire(clientHas);
          call.send(Bytes.chunk("data: x\n\n") + Bytes.LAST_CHUNK);
        });
    try (RawClient client = gateway.connect()) {
      Head head = client.send(TestGateway.postOf("/v1/chat/completions", "{}")).head();
      clientHas.release();
      assertEquals("data: x\n\n", client.body(head, false).text());
    }
  }

  enum Framed {
    LENGTH,
    CHUNKS,
    LARGE_CHUNKS,
    CLOSE
  }

  @ParameterizedTest
  @EnumSource(Framed.class)
  void largeAnswersArriveByteForByte(Framed framed) throws Exception {
    byte[] random = new byte[3_000_000];
    new Random(5).nextBytes(random);
    String body = Bytes.text(random);
    upstream.script(
        call -> {
          call.readBody();
          switch (framed) {
            case LENGTH ->
                call.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            case CHUNKS -> sendChunks(call::send, body, 777);
            case LARGE_CHUNKS -> sendChunks(call::send, body, 1_234_567);
            case CLOSE -> {
              call.send("HTTP/1.1 200 OK\r\n\r\n" + body);
              call.close();
            }
          }
        });
    Answer answer = gateway.post("/api/embed", "{}");
    assertEquals(End.COMPLETE, answer.end());
    assertTrue(body.equals(answer.body()), "the body was changed");
  }

  @Test
  void trailersAndExtensionsOfChunksAreDropped() throws Exception {
    upstream.script(
        call -> {
          call.readBody();
          call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n");
          call.send("2;a=b\r\nab\r\n0;c\r\nX-Sum: 1\r\n\r\n");
        });
    try (RawClient client = gateway.connect()) {
      Head head = client.send(TestGateway.postOf("/api/chat", "{}")).head();
      assertEquals("", head.field("Trailer"));
      String raw = client.exactly("2\r\nab\r\n0\r\n\r\n".length());
      assertEquals("2\r\nab\r\n0\r\n\r\n", raw);
    }
  }

  private interface Sender {
    Object send(String text) throws IOException;
  }

  private static void sendChunks(Sender to, String body, int size) throws IOException {
    to.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    StringBuilder batch = new StringBuilder();
    for (int at = 0; at < body.length(); at += size) {
      batch.append(Bytes.chunk(body.substring(at, Math.min(body.length(), at + size))));
      if (batch.length() > 50_000) {
        to.send(batch.toString());
        batch.setLength(0);
      }
    }
    to.send(batch + Bytes.LAST_CHUNK);
  }

  private static String head(String type, boolean chunked) {
    return "HTTP/1.1 200 OK\r\nContent-Type: "
        + type
        + (chunked ? "\r\nTransfer-Encoding: chunked\r\n\r\n" : "\r\n\r\n");
  }

  private static String line(String type, int i) {
    return type.equals("text/event-stream")
        ? "data: {\"token\":\"t" + i + "\"}\n\n"
        : "{\"token\":\"t" + i + "\",\"done\":false}\n";
  }

  private static void acquire(Semaphore semaphore) throws IOException {
    try {
      if (!semaphore.tryAcquire(20, TimeUnit.SECONDS)) {
        throw new IOException("the client didn't get its line");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
