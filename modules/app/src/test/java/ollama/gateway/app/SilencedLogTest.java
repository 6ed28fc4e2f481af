package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/** What a gateway that logs no requests says about servers that fail them. */
class SilencedLogTest {

  private static final String STREAM_HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  @Test
  void eachFailureOfAServerIsOneLineWithServerRouteIdAndReason() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream.url()).set("timeouts", "{\"firstByteSeconds\": 1}"),
                "")) {
      upstream.script(
          call -> {
            String _ = call.readBody();
            call.send(STREAM_HEAD + Bytes.chunk("{}\n"));
            call.close();
          });
      Answer cut = post(gateway, "/api/chat");
      assertNotEquals(End.COMPLETE, cut.end());
      assertLogged(gateway, upstream, cut, "/api/chat", "it closed the connection in mid-answer");

      upstream.script(
          call -> {
            String _ = call.readBody();
            call.send("nonsense\r\n\r\n");
          });
      Answer malformed = post(gateway, "/api/generate");
      assertSaid(502, "The Ollama server sent a malformed answer", malformed);
      assertLogged(gateway, upstream, malformed, "/api/generate", "its answer is malformed");

      upstream.script(
          call -> {
            String _ = call.readBody();
            call.close();
          });
      Answer closed = post(gateway, "/api/pull");
      assertSaid(502, "The Ollama server closed the connection before it answered", closed);
      assertLogged(gateway, upstream, closed, "/api/pull", "it closed the connection");

      upstream.script(
          call -> {
            String _ = call.readBody();
            long _ = call.awaitEnd();
          });
      Answer late = post(gateway, "/v1/messages");
      assertEquals(504, late.status());
      assertLogged(gateway, upstream, late, "/v1/messages", "it didn't answer in time");

      upstream.kill();
      Answer refused = post(gateway, "/api/chat");
      assertSaid(
          503, "No Ollama server is available: 1 tried, the last could not be reached", refused);
      assertLogged(gateway, upstream, refused, "/api/chat", "Connection refused");
    }
  }

  private static void assertSaid(int status, String words, Answer answer) {
    assertEquals(status, answer.status());
    assertEquals(
        "{\"error\":\"" + words + " (request " + answer.field("X-Request-Id") + ")\"}",
        answer.text());
  }

  private static void assertLogged(
      ChildGateway gateway, FakeUpstream server, Answer answer, String route, String why)
      throws IOException {
    String start =
        "WARN  server %s failed request %s (%s): "
            .formatted(server.url(), answer.field("X-Request-Id"), route);
    gateway.logOnceItHas(start + why);
    assertFalse(answer.text().contains(Integer.toString(server.port())), answer.text());
    assertFalse(answer.text().contains("127.0.0.1"), answer.text());
  }

  private static Answer post(ChildGateway gateway, String path) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.send(TestGateway.postOf(path, "{}")).answer();
    }
  }
}
