package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** How large the body of a request may be. */
class BodyLimitsTest {

  private static final String BLOB = "/api/blobs/sha256:00";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void aBodyLargerThanTheLimitIsRefusedBeforeItIsSent() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("limits", "{\"bodyBytes\": 1000, \"blobBytes\": 2000}")
            .start()) {
      assertEquals(200, gateway.post("/api/chat", "x".repeat(1000)).status());
      assertTooLarge(gateway.post("/api/chat", "x".repeat(1001)));
      assertEquals(200, gateway.post(BLOB, "x".repeat(2000)).status());
      assertTooLarge(gateway.post(BLOB, "x".repeat(2001)));
      assertEquals(2, upstream.seen().size());
      Answer openAi = gateway.post("/v1/chat/completions", "x".repeat(1001));
      assertEquals(413, openAi.status());
      assertEquals(
          "{\"error\":{\"message\":\"request body too large\",\"type\":\"invalid_request_error\","
              + "\"param\":null,\"code\":null}}",
          openAi.text());
    }
  }

  @Test
  void aChunkedBodyIsRefusedWhenItPassesTheLimit() throws Exception {
    try (TestGateway gateway =
            TestGateway.before(upstream)
                .set("limits", "{\"bodyBytes\": 1000, \"replayBytes\": 500}")
                .start();
        RawClient client = gateway.connect()) {
      String head = TestGateway.postHeadOf("/api/chat", "Transfer-Encoding: chunked");
      client.send(head + Bytes.chunk("x".repeat(1000)) + Bytes.LAST_CHUNK);
      assertEquals(200, client.answer().status());
      client.send(head + Bytes.chunk("x".repeat(1000)));
      Call _ = upstream.next();
      Call call = upstream.next();
      client.send(Bytes.chunk("y"));
      assertTooLarge(client.answer());
      assertTrue(call.awaitEnd() > 0);
      assertEquals("", call.body());
    }
  }

  @Test
  void aBodyThatIsTakenBeforeAServerIsAskedReachesNoneWhenItPassesTheLimit() throws Exception {
    try (TestGateway gateway =
            TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 1000}").start();
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postHeadOf("/api/chat", "Transfer-Encoding: chunked"));
      client.send(Bytes.chunk("x".repeat(1000)) + Bytes.chunk("y"));
      assertTooLarge(client.answer());
      assertEquals(0, upstream.seen().size());
    }
  }

  @Test
  void zeroIsNoLimit() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 0}").start()) {
      assertEquals(200, gateway.post("/api/chat", "x".repeat(1_000_000)).status());
    }
  }

  private static void assertTooLarge(Answer answer) {
    assertEquals(413, answer.status());
    assertEquals("{\"error\":\"request body too large\"}", answer.text());
    assertEquals("close", answer.field("Connection"));
  }
}
