package ollama.gateway.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErrandTest {

  private static final String KEY = "Authorization: " + TestSettings.KEY + "\r\n";
  private static final String SESSION = "X-Session-Id: 1\r\n";
  private static final byte[] BODY =
      "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"
          .getBytes(UTF_8);

  private final RealExchange exchange;

  ErrandTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @Test
  void itHasTheClassAndTheNameOfTheKey() throws Exception {
    Work work = ofChat("batch", KEY);

    assertEquals("tiny:latest", work.model());
    assertEquals("alice", work.key());
    assertEquals(Priority.BATCH, work.priority());
    assertEquals(1, work.prompt().chain().length());
    assertEquals(0, work.prompt().session());
    assertTrue(work.tellsWait());
    assertEquals(
        Priority.BATCH, ofChat("normal", KEY + "X-Gateway-Priority: batch\r\n").priority());
  }

  @Test
  void aConversationIsThatOfAKey() throws Exception {
    long session = ofChat("normal", KEY + SESSION).prompt().session();

    assertNotEquals(0, session);
    assertEquals(session, ofChat("batch", KEY + SESSION).prompt().session());
    assertNotEquals(session, ofChat("normal", SESSION).prompt().session());
  }

  @Test
  void aFormHasAModelAndNoPrompt() throws Exception {
    Work work =
        exchange.look(
            request("/v1/audio/transcriptions", KEY + SESSION),
            e -> Errand.work(call(e, "interactive"), ModelName.of("whisper")));

    assertEquals("whisper:latest", work.model());
    assertEquals(Priority.INTERACTIVE, work.priority());
    assertEquals(0, work.prompt().tokens());
    assertFalse(work.tellsWait());
  }

  private Work ofChat(String priority, String fields) throws Exception {
    return exchange.look(
        request("/api/chat", fields),
        e -> {
          ModelRequest request = ModelRequest.of(Route.CHAT, BODY, BODY.length, true);
          return Errand.work(call(e, priority), request);
        });
  }

  private static Call call(Exchange exchange, String priority) {
    Call call = new Call(exchange, TestSettings.ofPriority(priority));
    boolean _ = call.authenticate();
    return call;
  }

  private static String request(String path, String fields) {
    return "GET " + path + " HTTP/1.1\r\nHost: g\r\n" + fields + "\r\n";
  }
}
