package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may administer the gateway. */
class AdministratorsTest {

  private static final String ADMIN = TestGateway.entry("admin", TestGateway.KEY, true);

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @ParameterizedTest
  @ValueSource(strings = {"/config/reload", "/config/new-key"})
  void onlyAdministratorsMayAdminister(String path) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("apiKeys", "[" + ADMIN + ", \"plain\"]").start()) {
      String get = "GET " + path + " HTTP/1.1\r\nHost: g\r\n%s\r\n";
      assertEquals(401, gateway.ask(get.formatted("")).status());
      assertEquals(401, gateway.ask(get.formatted("Authorization: no\r\n")).status());
      Answer plain = gateway.ask(get.formatted("Authorization: plain\r\n"));
      assertEquals(403, plain.status());
      assertEquals(
          "{\"error\":\"This API key may not administer the gateway: use one marked admin\"}",
          plain.text());
      assertEquals(200, gateway.ask(get.formatted(TestGateway.AUTH)).status());
      Answer put = gateway.ask(get.formatted(TestGateway.AUTH).replace("GET", "PUT"));
      assertEquals(405, put.status());
      assertEquals("GET, POST", put.field("Allow"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/config/reload", "/config/new-key"})
  void whileNoKeyIsMarkedAdminEveryKeyMay(String path) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("apiKeys", "[\"sekret\", \"other\"]").start()) {
      assertEquals(200, gateway.get(path).status());
      assertEquals(
          200,
          gateway
              .ask("GET " + path + " HTTP/1.1\r\nHost: g\r\nAuthorization: other\r\n\r\n")
              .status());
      assertEquals(401, gateway.ask("GET " + path + " HTTP/1.1\r\nHost: g\r\n\r\n").status());
    }
  }
}
