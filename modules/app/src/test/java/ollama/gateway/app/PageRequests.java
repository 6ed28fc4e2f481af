package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;

/** What a browser sends that shows the page for administrators, and what it hears. */
final class PageRequests {

  /** A key that is no administrator's. */
  static final String ALICE = "alice-has-this-key";

  static final String EVENTS = "Accept: text/event-stream";
  static final String CHAT =
      "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done\":true,"
          + "\"done_reason\":\"stop\",\"total_duration\":5000,\"prompt_eval_count\":13,"
          + "\"prompt_eval_duration\":1000,\"eval_count\":4,\"eval_duration\":2000}";

  /** An administrator's, called root, and Alice's. */
  static final String TWO_KEYS =
      keys(
          TestGateway.entry("root", TestGateway.KEY, true),
          TestGateway.entry("alice", ALICE, false));

  private PageRequests() {}

  static String keys(String... entries) {
    return "[" + String.join(",", entries) + "]";
  }

  /** A gateway with those two keys. */
  static TestGateway gateway(FakeUpstream server) throws Exception {
    return TestGateway.before(server).set("apiKeys", TWO_KEYS).start();
  }

  /** Has a server answer whatever it is asked with {@link #CHAT}. */
  static void answerChats(FakeUpstream server) {
    server.script(
        call -> {
          String _ = call.readBody();
          call.respond(200, CHAT);
        });
  }

  static String request(String line, String... fields) {
    StringBuilder request = new StringBuilder(line + " HTTP/1.1\r\nHost: gateway\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    return request + (line.startsWith("POST") ? "Content-Length: 0\r\n\r\n" : "\r\n");
  }

  static String bearer(String key) {
    return "Authorization: Bearer " + key;
  }

  /** The field with the cookie of an admin who logs in. */
  static String login(TestGateway gateway) throws Exception {
    Answer answer = gateway.ask(request("POST /gateway/login", bearer(TestGateway.KEY)));
    assertEquals(204, answer.status(), answer::text);
    Matcher cookie =
        Pattern.compile("(gateway_session=[\\w-]{43}); Path=/gateway/; HttpOnly; SameSite=Strict")
            .matcher(answer.field("Set-Cookie"));
    assertTrue(cookie.matches(), answer.field("Set-Cookie"));
    return "Cookie: other=1; " + cookie.group(1);
  }

  /** What comes of an event stream, up to a text. */
  static String until(RawClient client, String text) throws Exception {
    StringBuilder told = new StringBuilder();
    while (told.indexOf(text) < 0) {
      String some = client.some();
      assertNotEquals("", some, told::toString);
      told.append(some);
    }
    return told.toString();
  }
}
