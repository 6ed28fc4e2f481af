package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FakeUpstream.Script;
import ollama.gateway.app.testing.Fault;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which requests are sent to another server, and with what body. */
class RetriesTest {

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @ParameterizedTest
  @CsvSource({
    "POST, /api/generate",
    "POST, /api/chat",
    "POST, /api/embed",
    "POST, /api/embeddings",
    "POST, /v1/chat/completions",
    "POST, /v1/completions",
    "POST, /v1/embeddings",
    "POST, /v1/responses",
    "POST, /v1/messages",
    "POST, /v1/audio/transcriptions",
    "POST, /api/show",
    "GET, /api/tags",
    "HEAD, /api/blobs/sha256:00",
    "GET, /v1/models",
    "GET, /what/ever",
  })
  void aRequestThatMayBeRepeatedIsTriedOnTheOtherServer(String method, String path)
      throws Exception {
    both(Fault.RESETS_BEFORE_THE_HEAD::play);
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      assertEquals(502, gateway.ask(request(method, path, "{\"x\":1}")).status());
      assertEquals(1, one.seen().size());
      assertEquals(1, two.seen().size());
      String body = method.equals("POST") ? "{\"x\":1}" : "";
      assertEquals(body, one.seen().getFirst().body());
      assertEquals(body, two.seen().getFirst().body());
      assertEquals(1, gateway.up(one.url()) * gateway.up(two.url()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /api/pull",
    "POST, /api/push",
    "POST, /api/create",
    "POST, /api/copy",
    "DELETE, /api/delete",
    "POST, /api/blobs/sha256:00",
    "POST, /api/me",
    "PUT, /api/generate",
  })
  void anyOtherIsNotSentTwiceOnceItWasSent(String method, String path) throws Exception {
    both(Fault.RESETS_BEFORE_THE_HEAD::play);
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      Answer answer = gateway.ask(request(method, path, "{}"));
      assertEquals(502, answer.status());
      assertEquals("", answer.field("Retry-After"));
      assertEquals(1, one.seen().size() + two.seen().size());
      assertEquals(
          "{\"error\":\"The Ollama server closed the connection before it answered (request "
              + answer.field("X-Request-Id")
              + ")\"}",
          answer.text());
    }
  }

  @ParameterizedTest
  @CsvSource({"POST, /api/pull", "DELETE, /api/delete", "POST, /api/blobs/sha256:00"})
  void anyRequestGoesToTheOtherServerWhenNoConnectionWasMade(String method, String path)
      throws Exception {
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      one.close();
      for (int i = 0; i < 2; i++) {
        Answer answer = gateway.ask(request(method, path, "{}"));
        assertEquals("{\"by\":\"two\"}", answer.text());
      }
      assertEquals(1, gateway.retries("connect"));
      assertEquals(2, two.seen().size());
      assertEquals("{}", two.seen().getLast().body());
    }
  }

  @Test
  void onlyAttemptsThatAreMadeAreCountedAsRetries() throws Exception {
    both(Fault.RESETS_BEFORE_THE_HEAD::play);
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      assertEquals(502, gateway.post("/api/generate", "{}").status());
      assertEquals(2, one.seen().size() + two.seen().size());
      assertEquals(1, gateway.retries("no_response"));
      one.close();
      two.close();
      assertEquals(503, gateway.post("/api/generate", "{}").status());
      assertEquals(1, gateway.retries("connect"));
      // Both are known to be down: one is tried, and no other.
      assertEquals(503, gateway.post("/api/generate", "{}").status());
      assertEquals(1, gateway.retries("connect"));
    }
  }

  @Test
  void aBodyThatIsTooLargeToBeKeptIsNotSentTwice() throws Exception {
    both(Fault.RESETS_BEFORE_THE_HEAD::play);
    try (TestGateway gateway =
        TestGateway.before(one, two).set("limits", "{\"replayBytes\": 1000}").start()) {
      assertEquals(502, gateway.post("/api/chat", "x".repeat(1000)).status());
      assertEquals(2, one.seen().size() + two.seen().size());
      assertEquals(502, gateway.post("/api/chat", "x".repeat(1001)).status());
      assertEquals(3, one.seen().size() + two.seen().size());
    }
  }

  @Test
  void aChunkedBodyIsRepeatedByteForByte() throws Exception {
    both(Fault.RESETS_BEFORE_THE_HEAD::play);
    StringBuilder body = new StringBuilder();
    StringBuilder chunks = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      String part = ("part " + i + ";").repeat(1 + i % 40);
      body.append(part);
      chunks.append(Bytes.chunk(part));
    }
    try (TestGateway gateway = TestGateway.startChecked(one, two);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postHeadOf("/api/chat", "Transfer-Encoding: chunked"));
      client.send(chunks + Bytes.LAST_CHUNK);
      assertEquals(502, client.answer().status());
      assertEquals(body.toString(), one.seen().getFirst().body());
      assertEquals(body.toString(), two.seen().getFirst().body());
    }
  }

  private void both(Script script) {
    one.script(script);
    two.script(script);
  }

  private static String request(String method, String path, String body) {
    String request =
        method.equals("GET") || method.equals("HEAD")
            ? TestGateway.getOf(path)
            : TestGateway.postOf(path, body);
    return request.replaceFirst("^[A-Z]+", method);
  }
}
