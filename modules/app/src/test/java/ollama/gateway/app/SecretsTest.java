package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Nothing that a client sends to be let in gets anywhere else, nor does anything of ours get out.
 */
class SecretsTest {

  private static final String GOOD = "sekret-good-7f3a";
  private static final String WRONG = "sekret-wrong-91bc";
  private static final String OTHER = "sekret-other-2d5e";

  private final CountDownLatch done = new CountDownLatch(1);
  @AutoClose private final FakeUpstream upstream = FakeUpstream.start(this::play);

  @AfterEach
  void end() {
    done.countDown();
  }

  @Test
  void keysGetNeitherToServersNorIntoLogsMetricsErrorsOrThreadDumps() throws Exception {
    List<String> shown = new ArrayList<>();
    try (ChildGateway gateway = ChildGateway.start(plan(), "true");
        RawClient streaming = gateway.connect()) {
      Head stream = streaming.send(request("POST /api/chat", "Bearer " + GOOD)).head();
      assertEquals("a", streaming.chunk());
      shown.add(stream.text());
      for (String request : requests()) {
        shown.add(ask(gateway, request).toString());
      }
      shown.add(ask(gateway, "GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n").text());
      String threads = gateway.threadDump();
      assertTrue(threads.contains("loop-0"), "a dump without our threads shows nothing");
      shown.add(threads);
      done.countDown();
      streaming.body(stream, false);
      gateway.logOnceItHas("status=401");
      shown.add(gateway.logOnceItHas("POST /api/chat"));
    }
    upstream.seen().stream().map(call -> call.head().text()).forEach(shown::add);
    for (String text : shown) {
      assertFalse(text.contains("sekret"), text);
      assertFalse(text.contains(GOOD.substring(7)), text);
    }
    for (Call call : upstream.seen()) {
      String head = call.head().text().toLowerCase(Locale.ROOT);
      assertFalse(head.contains("\nauthorization:") || head.contains("\nx-api-key:"), head);
      assertFalse(head.contains("\ncookie:"), head);
    }
  }

  @Test
  void errorsShowNoPathsClassesOrTraces() throws Exception {
    List<Answer> errors = new ArrayList<>();
    try (ChildGateway gateway = ChildGateway.start(plan(), "true")) {
      for (String request : requests()) {
        errors.add(ask(gateway, request));
      }
    }
    assertTrue(errors.stream().filter(e -> e.status() >= 400).count() >= 5);
    for (Answer error : errors) {
      String text = error.text();
      assertFalse(text.contains("/tmp") || text.contains(".java") || text.contains("\tat "), text);
      assertFalse(text.contains("ollama.gateway.") || text.contains("Exception"), text);
    }
  }

  private void play(Call call) throws IOException {
    String _ = call.readBody();
    if (call.target().startsWith("/api/chat")) {
      call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
      call.await(done);
      call.send(Bytes.LAST_CHUNK);
    } else if (call.target().startsWith("/api/show")) {
      call.send("HTTP/1.1 200 OK\r\nbroken head\r\n\r\n");
    } else {
      call.respond(200, "{}");
    }
  }

  private TestGateway.Plan plan() {
    return TestGateway.before(upstream)
        .set("apiKeys", "[\"" + GOOD + "\", " + TestGateway.entry("other", OTHER, false) + "]")
        .set("logging", "true")
        .set("security", "{\"keyInPath\": true}")
        .set("metrics", "{\"enabled\": true}");
  }

  private static List<String> requests() {
    return List.of(
        request("GET /api/tags", "Bearer " + GOOD),
        request("GET /api/tags", OTHER),
        request("GET /api/tags", "Bearer " + WRONG),
        request("GET /v1/models", "Basic " + WRONG),
        request("GET /k/" + GOOD + "/api/tags", ""),
        request("GET /k/" + WRONG + "/api/tags", ""),
        request("GET /k/" + WRONG, ""),
        request("GET //k/" + GOOD + "/api/tags", GOOD),
        request("GET /%6b%2f" + GOOD + "/api/tags", GOOD),
        request("GET /k/" + GOOD + "/K/" + GOOD + "/api/tags", ""),
        request("GET /api/tags?key=" + GOOD + "&token=" + WRONG, GOOD),
        request("GET /" + OTHER + "/api/tags", GOOD),
        request("GET /" + OTHER + "/api/tags", ""),
        request("GET /" + WRONG + "-and-long-enough-to-be-one", ""),
        request("GET /k;/" + GOOD + "/x", GOOD),
        request("GET /\\k/" + GOOD, GOOD),
        request("GET /%256b/" + GOOD, GOOD),
        request("GET /./k/" + GOOD + "/x", GOOD),
        request("GET /api/k/" + OTHER + "/x", GOOD),
        request("GET /v1/models/" + OTHER, GOOD),
        request("POST /api/show", GOOD),
        request("GET /config/reload", "Bearer " + WRONG),
        request("GET /nothing", GOOD),
        "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: "
            + GOOD
            + "\r\nX : "
            + GOOD
            + "\r\n\r\n",
        "GET /" + WRONG + " HTTP/9.9\r\nAuthorization: " + GOOD + "\r\n\r\n",
        "GET /api/tags HTTP/1.1\r\nHost: g\r\nx-api-key: "
            + OTHER
            + "\r\nAuthorization: "
            + GOOD
            + "\r\nCookie: a="
            + WRONG
            + "\r\nApi-Key: "
            + OTHER
            + "\r\nX-Original-URI: /k/"
            + GOOD
            + "/api/tags"
            + "\r\n\r\n");
  }

  private static String request(String methodAndTarget, String key) {
    String field = key.isEmpty() ? "" : "Authorization: " + key + "\r\n";
    String length = methodAndTarget.startsWith("POST") ? "Content-Length: 0\r\n" : "";
    return methodAndTarget + " HTTP/1.1\r\nHost: g\r\n" + field + length + "\r\n";
  }

  private static Answer ask(ChildGateway gateway, String request) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.send(request).answer(false);
    }
  }
}
