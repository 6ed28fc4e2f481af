package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations of which a request has only a name and the latest turn. */
@Timeout(120)
class SessionsTest {

  private static final int PROMPT_BYTES = 40_000;
  private static final String ENDED =
      "gateway_requests_total{endpoint=\"/api/generate\",method=\"POST\",status=\"200\"}";

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one").has("m:latest");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two").has("m:latest");
  @AutoClose private final TestGateway gateway;
  private int asked;

  SessionsTest() throws Exception {
    gateway =
        TestGateway.before(one, two)
            .set("loadBalancer", "{\"policy\": \"soonest\"}")
            .set("metrics", "{\"enabled\": true}")
            .startChecked(one, two);
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-OpenWebUI-Chat-Id", "X-Session-Id"})
  void aConversationStaysWithItsServer(String name) throws Exception {
    String field = name + ": a\r\n";
    awaitLoaded();
    String server = ask(field);
    for (int i = 0; i < 5; i++) {
      assertEquals(server, ask(field));
    }
    FakeUpstream at = server.contains("one") ? one : two;
    assertEquals("a", at.seen().getLast().head().field(name));
  }

  @Test
  void ofTwoNamesTheFirstCounts() throws Exception {
    awaitLoaded();
    String server = ask("X-Session-Id: a\r\n");
    for (int i = 0; i < 5; i++) {
      assertEquals(server, ask("X-Session-Id: a\r\nX-OpenWebUI-Chat-Id: " + i + "\r\n"));
    }
  }

  @Test
  void otherRequestsTakeTurns() throws Exception {
    awaitLoaded();
    Set<String> servers = new HashSet<>();
    for (int i = 0; i < 6; i++) {
      servers.add(ask(""));
    }
    assertEquals(2, servers.size());
  }

  /** Waits until it is known that both have the model in memory. */
  private void awaitLoaded() throws IOException {
    while (gateway.get("/gateway/servers").text().split("\"loaded\":\\[\\{").length < 3) {
      Thread.onSpinWait();
    }
  }

  /** Who answers a turn that has nothing of those before. */
  private String ask(String field) throws IOException {
    String prompt = Character.toString('a' + asked++).repeat(PROMPT_BYTES);
    String body = "{\"model\":\"m\",\"stream\":false,\"prompt\":\"" + prompt + "\"}";
    String length = "Content-Length: " + body.length();
    Answer answer = gateway.ask(TestGateway.postHeadOf("/api/generate", field + length) + body);
    assertEquals(200, answer.status());
    gateway.awaitMetric(asked, ENDED);
    return answer.text();
  }
}
