package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an object of {@code ollamaAddresses} says of its server. */
@Timeout(120)
class ServerObjectsTest {

  private static final String LEAST = "{\"policy\": \"least-requests\"}";

  /** By another user agent, questions of the gateway's own are seen as any other request. */
  private static final String HEADERS =
      "\"headers\": {\"Authorization\": \"Bearer of-the-server\", \"User-Agent\": \"ours\"}";

  private static final String SEEN = "\"headers\": {\"User-Agent\": \"ours\"}";

  @AutoClose private final FakeUpstream one = FakeUpstream.start(call -> play(call, "a", "b"));
  @AutoClose private final FakeUpstream two = FakeUpstream.start(call -> play(call, "a", "c"));

  @Test
  void headersComeWithEachKindOfRequestAndReplaceTheClients() throws Exception {
    Set<String> expected =
        new HashSet<>(
            Set.of(
                "GET /",
                "GET /api/tags",
                "GET /api/ps",
                "GET /v1/models",
                "POST /api/chat",
                "DELETE /api/delete",
                "GET /other"));
    try (TestGateway gateway = gateway(HEADERS, "")) {
      assertEquals(200, gateway.get("/api/tags").status());
      assertEquals(200, gateway.get("/api/ps").status());
      assertEquals(200, gateway.get("/v1/models").status());
      assertEquals(200, gateway.post("/api/chat", model("b")).status());
      String delete = "DELETE /api/delete HTTP/1.1\r\nHost: g\r\nUser-Agent: x\r\n";
      while (!seen("DELETE /api/delete")) {
        assertEquals(200, gateway.ask(delete + TestGateway.AUTH + "\r\n").status());
      }
      while (!seen("GET /other")) {
        assertEquals(200, gateway.get("/other").status());
      }
      while (!seen("GET /") || !seen("GET /api/ps")) {
        Thread.onSpinWait();
      }
    }
    for (Call call : one.seen()) {
      expected.remove(call.method() + " " + call.target());
      assertEquals(List.of("Bearer of-the-server"), call.head().all("Authorization"));
      assertEquals(List.of("ours"), call.head().all("User-Agent"));
    }
    assertEquals(Set.of(), expected);
    for (Call call : two.seen()) {
      assertFalse(call.head().text().contains("of-the-server"), call.head().text());
    }
  }

  @Test
  void headersFollowAReload() throws Exception {
    try (TestGateway gateway = gateway(HEADERS, "")) {
      assertEquals(200, gateway.post("/api/chat", model("b")).status());
      gateway.set("ollamaAddresses", servers(HEADERS.replace("of-the-server", "anew"), ""));
      gateway.process().reload();
      one.forget();

      assertEquals(200, gateway.post("/api/chat", model("b")).status());

      List<Call> chats = one.seen().stream().filter(c -> c.target().equals("/api/chat")).toList();
      assertEquals("Bearer anew", chats.getFirst().head().field("Authorization"));
    }
  }

  @Test
  void aServersSecretsAreInNoLogAndNoMetric() throws Exception {
    String log;
    try (ChildGateway gateway =
        ChildGateway.start(plan(HEADERS + ", \"name\": \"first\"", ""), "true")) {
      one.close();
      log = gateway.logOnceItHas("is down");
    }
    assertFalse(log.contains("of-the-server"), log);
    assertTrue(log.contains("server first (" + one.url() + ") is down"), log);
  }

  @Test
  void aServerGetsNoRequestsForModelsThatAreNotInItsList() throws Exception {
    try (TestGateway gateway = gateway(SEEN + ", \"models\": [\"b*\"]", SEEN)) {
      for (int i = 0; i < 6; i++) {
        assertEquals("two", by(gateway.post("/api/chat", model("a"))));
        assertEquals("two", by(gateway.post("/api/show", model("a"))));
        assertEquals("one", by(gateway.post("/api/chat", model("b"))));
      }
    }
  }

  @Test
  void listsHaveOfAServerOnlyWhatItIsUsedFor() throws Exception {
    try (TestGateway gateway =
        gateway(SEEN + ", \"models\": [\"b\"]", SEEN + ", \"models\": [\"a\"]")) {
      String tags = gateway.get("/api/tags").text();
      assertTrue(tags.contains("\"a\"") && tags.contains("\"b\""), tags);
      assertFalse(tags.contains("\"c\""), tags);
      String ps = gateway.get("/api/ps").text();
      assertFalse(ps.contains("\"c\""), ps);
      String models = gateway.get("/v1/models").text();
      assertTrue(models.contains("\"b\""), models);
      assertFalse(models.contains("\"c\""), models);
    }
  }

  @Test
  void whatNoServerIsUsedForIsNotFound() throws Exception {
    String url = "[{\"url\": \"" + one.url() + "\", \"models\": [\"b\"]}]";
    try (TestGateway gateway = TestGateway.before(one).set("ollamaAddresses", url).start()) {
      Answer refused = gateway.post("/api/chat", model("a"));
      assertEquals(404, refused.status());
      assertEquals("{\"error\":\"model 'a:latest' not found\"}", refused.text());
      assertEquals(200, gateway.post("/api/chat", model("b")).status());
      String tags = gateway.get("/api/tags").text();
      assertFalse(tags.contains("\"a\""), tags);
    }
  }

  @Test
  void aListOfOneServerHoldsWhereEachHasItsTurnToo() throws Exception {
    try (TestGateway gateway = plan("\"models\": [\"b*\"]", "").set("loadBalancer", "{}").start()) {
      for (int i = 0; i < 4; i++) {
        assertEquals("two", by(gateway.post("/api/generate", model("a"))));
      }
    }
  }

  private boolean seen(String request) {
    return one.seen().stream().anyMatch(c -> (c.method() + " " + c.target()).equals(request));
  }

  private String by(Answer answer) {
    assertEquals(200, answer.status(), answer.text());
    return answer.field("X-Port").equals("" + one.port()) ? "one" : "two";
  }

  private TestGateway gateway(String ofOne, String ofTwo) throws Exception {
    return plan(ofOne, ofTwo).start();
  }

  private TestGateway.Plan plan(String ofOne, String ofTwo) {
    return TestGateway.before(one, two)
        .set("ollamaAddresses", servers(ofOne, ofTwo))
        .set("loadBalancer", LEAST);
  }

  private String servers(String ofOne, String ofTwo) {
    return "[" + server(one, ofOne) + ", " + server(two, ofTwo) + "]";
  }

  private static String server(FakeUpstream upstream, String more) {
    return "{\"url\": \"" + upstream.url() + "\"" + (more.isEmpty() ? "" : ", " + more) + "}";
  }

  private static String model(String name) {
    return "{\"model\": \"" + name + "\"}";
  }

  private void play(Call call, String... models) throws IOException {
    String member = call.target().equals("/v1/models") ? "data" : "models";
    String key = member.equals("data") ? "id" : "name";
    StringBuilder entries = new StringBuilder();
    for (String model : models) {
      entries.append(entries.isEmpty() ? "" : ",").append("{\"" + key + "\":\"" + model + "\"}");
    }
    String json = "{\"" + member + "\":[" + entries + "]}";
    String port = call.head().field("Host").replaceAll(".*:", "");
    call.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Port: "
            + port
            + "\r\nContent-Length: "
            + json.length()
            + "\r\n\r\n"
            + json);
  }
}
