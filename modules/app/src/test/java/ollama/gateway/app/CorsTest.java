package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of other sites use the gateway as far as the settings allow it. */
@Timeout(60)
class CorsTest {

  private static final String PAGE = "https://chat.example.com";
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final String ALLOW_HEADERS = "Access-Control-Allow-Headers";
  private static final String ALLOW_METHODS = "Access-Control-Allow-Methods";

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  private TestGateway with(String cors) throws Exception {
    return TestGateway.before(server).set("cors", cors).startChecked(server);
  }

  private TestGateway ofPage() throws Exception {
    return with("{\"allowedOrigins\": [\"" + PAGE + "\", \"http://localhost:*\"]}");
  }

  private static String preflight(String path, String origin, String more) {
    return "OPTIONS "
        + path
        + " HTTP/1.1\r\nHost: g\r\nOrigin: "
        + origin
        + "\r\nAccess-Control-Request-Method: POST\r\n"
        + more
        + "\r\n";
  }

  private static String post(String path, String origin, String auth) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: g\r\nOrigin: "
        + origin
        + "\r\n"
        + auth
        + "Content-Length: 2\r\n\r\n{}";
  }

  @ParameterizedTest
  @CsvSource({"*, *", "https://chat.example.com, ''"})
  void whatIsNoRequestYetIsForThePagesThatMayAllReadIt(String allowed, String origin)
      throws Exception {
    try (TestGateway gateway = with("{\"allowedOrigins\": [\"" + allowed + "\"]}")) {
      String large = "X-Large: " + "x".repeat(100_000) + "\r\n";

      Answer answer = gateway.ask(post("/api/chat", PAGE, large));

      assertEquals(431, answer.status());
      assertEquals(origin, answer.field(ALLOW_ORIGIN));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/chat", "/v1/chat/completions", "/k/KEY/api/chat", "/", "/api/unknown"})
  void whatABrowserAsksBeforeIsAnsweredWithoutAKeyAndWithoutAServer(String path) throws Exception {
    try (TestGateway gateway = ofPage()) {
      String more = "Access-Control-Request-Headers: authorization,content-type\r\n";

      Answer answer = gateway.ask(preflight(path, PAGE, more));

      assertEquals(204, answer.status());
      assertEquals(PAGE, answer.field(ALLOW_ORIGIN));
      assertEquals("GET, HEAD, POST, DELETE", answer.field(ALLOW_METHODS));
      assertEquals("authorization,content-type", answer.field(ALLOW_HEADERS));
      assertEquals("600", answer.field("Access-Control-Max-Age"));
      assertEquals(
          "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
          answer.field("Vary"));
      assertTrue(server.seen().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "https://chat.example.com.evil.example",
        "http://chat.example.com",
        "null",
        "https://chat.example.com\r\nOrigin: https://evil.example"
      })
  void anotherOriginIsNotAllowed(String origin) throws Exception {
    try (TestGateway gateway = ofPage()) {
      Answer before = gateway.ask(preflight("/api/chat", origin, ""));
      Answer answer = gateway.ask(post("/api/chat", origin, TestGateway.AUTH));

      assertEquals(403, before.status());
      assertTrue(before.text().contains("cors.allowedOrigins"), before::text);
      // Whoever isn't a browser may say so, too: it is the browser that keeps the answer.
      assertEquals(200, answer.status());
      for (Answer each : new Answer[] {before, answer}) {
        assertEquals(List.of(), each.head().all(ALLOW_ORIGIN));
        assertTrue(each.field("Vary").startsWith("Origin"), each::toString);
      }
    }
  }

  @Test
  void everyAnswerSaysThatThePageMayReadIt() throws Exception {
    String head =
        """
        HTTP/1.1 200 OK
        Transfer-Encoding: chunked
        access-control-allow-origin: *
        Access-Control-Max-Age: 9
        Vary: Accept

        """;
    server.script(call -> call.send(head.replace("\n", "\r\n") + "2\r\n{}\r\n0\r\n\r\n"));
    try (TestGateway gateway = ofPage()) {
      Answer streamed = gateway.ask(post("/api/chat", PAGE, TestGateway.AUTH));
      Answer keyless = gateway.ask(post("/api/chat", PAGE, ""));
      Answer root = gateway.ask(post("/", PAGE, ""));
      Answer merged =
          gateway.ask(
              "GET /api/tags HTTP/1.1\r\nHost: g\r\nOrigin: "
                  + PAGE
                  + "\r\n"
                  + TestGateway.AUTH
                  + "\r\n");

      assertEquals(200, streamed.status());
      assertEquals(List.of(), streamed.head().all("Access-Control-Max-Age"));
      assertEquals(List.of("Accept", "Origin"), streamed.head().all("Vary"));
      assertEquals(401, keyless.status());
      for (Answer each : new Answer[] {streamed, keyless, root, merged}) {
        assertEquals(List.of(PAGE), each.head().all(ALLOW_ORIGIN));
        assertTrue(each.field("Access-Control-Expose-Headers").contains("X-Request-Id"));
      }
      server.seen().forEach(call -> assertEquals(List.of(), call.head().all("Origin")));
    }
  }

  @Test
  void whereEveryPageMayTheAnswerIsTheSameForAll() throws Exception {
    try (TestGateway gateway = with("{\"allowedOrigins\": [\"*\"]}")) {
      Answer before = gateway.ask(preflight("/api/chat", "https://any.example", ""));
      Answer answer = gateway.ask(post("/api/chat", "null", TestGateway.AUTH));

      assertEquals("*", before.field(ALLOW_ORIGIN));
      assertEquals(List.of(), before.head().all(ALLOW_HEADERS));
      assertEquals("*", answer.field(ALLOW_ORIGIN));
      assertEquals(List.of(), answer.head().all("Vary"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, x-api-key, 204",
    "POST, 'X-API-Key, content-type', 204",
    "DELETE, x-api-key, 403",
    "POST, 'x-api-key, x-other', 403",
    "POST, 'x-api-key, ', 403",
    "POST, x(api), 403",
    "post, x-api-key, 403",
  })
  void aPageMayDoWhatTheSettingsName(String method, String headers, int status) throws Exception {
    try (TestGateway gateway =
        with(
            "{\"allowedOrigins\": [\""
                + PAGE
                + "\"], \"allowedMethods\": [\"POST\"], \"allowedHeaders\":"
                + " [\"X-Api-Key\", \"Content-Type\"], \"maxAgeSeconds\": 5}")) {
      String request =
          preflight("/api/chat", PAGE, "Access-Control-Request-Headers: " + headers + "\r\n");

      Answer answer = gateway.ask(request.replace("Method: POST", "Method: " + method));

      assertEquals(status, answer.status(), answer::text);
      assertEquals(PAGE, answer.field(ALLOW_ORIGIN));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/config/reload",
        "/gateway/usage",
        "/gateway/live",
        "/config/none",
        "/%67ateway/usage",
        "//gateway/usage"
      })
  void whatAdministersIsNeverOpen(String path) throws Exception {
    try (TestGateway gateway = with("{\"allowedOrigins\": [\"*\"]}")) {
      Answer before = gateway.ask(preflight(path, PAGE, ""));
      Answer answer = gateway.ask(post(path, PAGE, TestGateway.AUTH));

      for (Answer each : new Answer[] {before, answer}) {
        assertEquals(List.of(), each.head().all(ALLOW_ORIGIN));
      }
      assertEquals(403, answer.status());
    }
  }

  @Test
  void theMetricsAreNeverOpen() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(server)
            .set("cors", "{\"allowedOrigins\": [\"*\"]}")
            .set("metrics", "{\"enabled\": true}")
            .startChecked(server)) {
      Answer before = gateway.ask(preflight("/metrics", PAGE, ""));
      Answer answer =
          gateway.ask("GET /metrics HTTP/1.1\r\nHost: g\r\nOrigin: " + PAGE + "\r\n\r\n");

      assertEquals(200, answer.status());
      for (Answer each : new Answer[] {before, answer}) {
        assertEquals(List.of(), each.head().all(ALLOW_ORIGIN));
      }
    }
  }

  @Test
  void whatIsAskedWithAnotherMethodIsNotShownToAPage() throws Exception {
    try (TestGateway gateway =
        with("{\"allowedOrigins\": [\"*\"], \"allowedMethods\": [\"POST\"]}")) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\nOrigin: " + PAGE + "\r\n";

      Answer answer = gateway.ask(get + TestGateway.AUTH + "\r\n");

      assertEquals(200, answer.status());
      assertEquals(List.of(), answer.head().all(ALLOW_ORIGIN));
    }
  }

  @Test
  void anAddressThatIsDeniedIsNotAnswered() throws Exception {
    try (TestGateway gateway = ofPage()) {
      gateway.set("security", "{\"denyIps\": [\"127.0.0.0/8\"]}");
      gateway.process().reload();

      assertEquals(403, gateway.ask(preflight("/api/chat", PAGE, "")).status());
    }
  }

  @Test
  void withoutTheSettingNothingIsSaidOfPages() throws Exception {
    try (TestGateway gateway = TestGateway.start(server)) {
      Answer before = gateway.ask(preflight("/api/chat", PAGE, ""));
      Answer answer = gateway.ask(post("/api/chat", PAGE, TestGateway.AUTH));

      assertEquals(401, before.status());
      assertEquals(200, answer.status());
      for (Answer each : new Answer[] {before, answer}) {
        assertFalse(each.head().text().toLowerCase(Locale.ROOT).contains("access-"));
        assertEquals(List.of(), each.head().all("Vary"));
      }
    }
  }

  @Test
  void aReloadChangesWhoMay() throws Exception {
    try (TestGateway gateway = ofPage()) {
      Map<String, Integer> statuses = Map.of(PAGE, 403, "https://other.example", 204);
      gateway.set("cors", "{\"allowedOrigins\": [\"https://other.example\"]}");
      gateway.process().reload();

      for (Map.Entry<String, Integer> each : statuses.entrySet()) {
        Answer answer = gateway.ask(preflight("/api/chat", each.getKey(), ""));
        assertEquals(each.getValue(), answer.status());
      }
    }
  }
}
