package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The answers that users of the Go gateway know, each in the shape of the route that was asked. */
class ParityHttpTest {

  private static final String ROUTES =
      """
      POST, /api/generate,            NATIVE
      POST, /api/chat,                NATIVE
      GET,  /api/tags,                NATIVE
      DELETE, /api/delete,            NATIVE
      POST, /api/blobs/sha256:00,     NATIVE
      GET,  /nowhere,                 NATIVE
      POST, /v1/chat/completions,     OPENAI
      POST, /v1/embeddings,           OPENAI
      POST, /v1/responses,            OPENAI
      GET,  /v1/models,               OPENAI
      GET,  /v1/models/tiny,          OPENAI
      GET,  /v1/nowhere,              OPENAI
      POST, /v1/messages,             ANTHROPIC
      """;

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @ParameterizedTest
  @CsvSource(textBlock = ROUTES)
  void anyPathIsForwarded(String method, String path, String shape) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer answer = gateway.ask(request(method, path, TestGateway.AUTH));
      assertEquals(200, answer.status(), shape);
      assertEquals("{}", answer.text());
      assertEquals(method + " " + path + " HTTP/1.1", upstream.next().head().startLine());
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = ROUTES)
  void anAddressThatIsNotAllowedIs403(String method, String path, String shape) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("security", "{\"denyIps\": [\"127.0.0.1\"]}").start()) {
      Answer answer = gateway.ask(request(method, path, TestGateway.AUTH));
      assertRefused(answer, 403, "Unauthorized IP", shape, "permission_error");
      assertEquals("", answer.field("WWW-Authenticate"));
      assertEquals("", answer.field("Retry-After"));
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = ROUTES)
  void aKeyThatIsMissingOrWrongIs401(String method, String path, String shape) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (String field : new String[] {"", "Authorization: Bearer wrong\r\n"}) {
        Answer answer = gateway.ask(request(method, path, field));
        assertRefused(answer, 401, "Unauthorized API Key", shape, "authentication_error");
        assertEquals("Bearer", answer.field("WWW-Authenticate"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = ROUTES)
  void overTheLimitIs429(String method, String path, String shape) throws Exception {
    String limit = "{\"maxRequests\": 1, \"timeWindowSeconds\": 60, \"enabled\": true}";
    try (TestGateway gateway = TestGateway.before(upstream).set("rateLimit", limit).start()) {
      String request = request(method, path, TestGateway.AUTH);
      assertEquals(200, gateway.ask(request).status());
      Answer answer = gateway.ask(request);
      assertRefused(answer, 429, "Rate limit exceeded", shape, "rate_limit_error");
      assertTrue(Integer.parseInt(answer.field("Retry-After")) <= 60);
      assertEquals(1, upstream.seen().size());
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = ROUTES)
  void noServerIs503(String method, String path, String shape) throws Exception {
    String url = FakeUpstream.refusing();
    try (TestGateway gateway = TestGateway.before(url).start()) {
      Answer answer = gateway.ask(request(method, path, TestGateway.AUTH));
      String message =
          "No Ollama server is available: 1 tried, the last could not be reached (request "
              + answer.field("X-Request-Id")
              + ")";
      assertRefused(answer, 503, message, shape, "api_error");
      assertEquals("1", answer.field("Retry-After"));
    }
  }

  @Test
  void configReload() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer ok = gateway.get("/config/reload");
      assertEquals(200, ok.status());
      assertEquals("OK", ok.text());
      gateway.set("rateLimit", "7");
      Answer bad = gateway.get("/config/reload");
      assertEquals(500, bad.status());
      assertTrue(
          bad.text().startsWith("{\"error\":\"Failed to reload the config file: "), bad.text());
      assertEquals(200, gateway.get("/api/tags").status());
      assertEquals(401, gateway.ask("GET /config/reload HTTP/1.1\r\nHost: g\r\n\r\n").status());
      assertEquals(1, upstream.seen().size());
    }
  }

  @Test
  void configNewKey() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer answer = gateway.get("/config/new-key");
      assertEquals(200, answer.status());
      // 32 bytes in base64url without padding, and nothing else.
      assertTrue(answer.text().matches("[A-Za-z0-9_-]{43}"), answer.text());
      // Unlike the predecessor's, the file gets its digest only.
      String file = Files.readString(gateway.file());
      assertTrue(file.contains(TestGateway.entry("key-2", answer.text(), false)), file);
      assertEquals(401, gateway.ask("GET /config/new-key HTTP/1.1\r\nHost: g\r\n\r\n").status());
    }
  }

  @Test
  void metricsEndpoint() throws Exception {
    String get = "GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n";
    try (TestGateway gateway =
        TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start()) {
      Answer page = gateway.ask(get);
      assertEquals(200, page.status());
      assertEquals("text/plain; version=0.0.4; charset=utf-8", page.field("Content-Type"));
      assertEquals(401, gateway.ask(get.replace("GET", "POST")).status());
    }
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer off = gateway.ask(get);
      assertEquals(503, off.status());
      assertEquals("{\"error\":\"Metrics are disabled\"}", off.text());
    }
  }

  @Test
  void theOrderIsAddressThenKeyThenLimitThenForward() throws Exception {
    String limit = "{\"maxRequests\": 1, \"timeWindowSeconds\": 60, \"enabled\": true}";
    String wrong = request("GET", "/api/tags", "Authorization: wrong\r\n");
    String right = request("GET", "/api/tags", TestGateway.AUTH);
    try (TestGateway gateway =
        TestGateway.before(FakeUpstream.refusing())
            .set("rateLimit", limit)
            .set("security", "{\"denyIps\": [\"127.0.0.1\"]}")
            .start()) {
      assertEquals(403, gateway.ask(wrong).status());
      gateway.set("security", "{}").process().reload();
      assertEquals(401, gateway.ask(wrong).status());
      assertEquals(503, gateway.ask(right).status());
      assertEquals(401, gateway.ask(wrong).status());
      assertEquals(429, gateway.ask(right).status());
    }
  }

  @Test
  void aHeadRequestIsRefusedWithoutABody() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer answer =
          gateway.ask("HEAD /api/tags HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
      assertEquals(401, answer.status());
      assertEquals(
          "{\"error\":\"Unauthorized API Key\"}".length(),
          Integer.parseInt(answer.field("Content-Length")));
    }
  }

  private static void assertRefused(
      Answer answer, int status, String message, String shape, String type) {
    assertEquals(status, answer.status());
    assertEquals("application/json; charset=utf-8", answer.field("Content-Type"));
    String id = answer.field("X-Request-Id");
    assertTrue(id.matches("[0-9a-f]{16}"), id);
    String expected =
        switch (shape) {
          case "NATIVE" -> "{\"error\":\"" + message + "\"}";
          case "OPENAI" ->
              "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"param\":null,\"code\":null}}"
                  .formatted(message, type);
          default ->
              ("{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"},"
                      + "\"request_id\":\"req_%s\"}")
                  .formatted(type, message, id);
        };
    assertEquals(expected, answer.text());
  }

  private static String request(String method, String path, String field) {
    String body = method.equals("POST") || method.equals("DELETE") ? "{}" : "";
    return "%s %s HTTP/1.1\r\nHost: g\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(method, path, field, body.length(), body);
  }
}
