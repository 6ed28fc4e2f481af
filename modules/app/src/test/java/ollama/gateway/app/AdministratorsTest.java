package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
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
          "{\"error\":\"This API key may not administer the gateway: use one marked admin, which"
              + " `ollama-gateway key new --admin` makes\"}",
          plain.text());
      assertEquals(200, gateway.ask(get.formatted(TestGateway.AUTH)).status());
      Answer put = gateway.ask(get.formatted(TestGateway.AUTH).replace("GET", "PUT"));
      assertEquals(405, put.status());
      assertEquals("GET, POST", put.field("Allow"));
    }
  }

  @Test
  void theLogTellsWhoMayAdministerWhereNoKeyIsMarkedAdmin() {
    ApiKey admin = ApiKey.ofPlain("a", "a", true);
    ApiKey limited = ApiKey.ofPlain("b", "b", false);
    ApiKey all = ApiKey.ofText("c", "c");

    assertEquals(Optional.empty(), warning(admin, limited));
    assertEquals(
        Optional.of(
            "no key in apiKeys is marked admin, so every key that may use all endpoints may reload"
                + " the settings and make keys; write one as {\"name\": …, \"sha256\": …,"
                + " \"admin\": true}"),
        warning(limited, all));
    assertEquals(
        Optional.of(
            "no key in apiKeys is marked admin, and none may use all endpoints, so nobody may"
                + " reload the settings or make keys over HTTP; `ollama-gateway key new --admin"
                + " --config c.json` makes one that may, and a reload (SIGHUP) lets it in"),
        warning(limited));
    assertEquals(
        Optional.of(
            "apiKeys is empty: nobody is let in; `ollama-gateway key new --admin --config c.json`"
                + " makes a key, and a reload (SIGHUP) lets it in"),
        warning());
  }

  private static Optional<String> warning(ApiKey... keys) {
    return KeyLog.administration(new KeyRing(List.of(keys)), Path.of("c.json"), false);
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
