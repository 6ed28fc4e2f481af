package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.auth.Principal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayRequestTest {

  private static final Optional<Principal> ALICE = Optional.of(new Principal("alice", false));

  private final RealExchange exchange;

  GatewayRequestTest() throws IOException {
    exchange = new RealExchange();
  }

  @BeforeAll
  void warmUp() throws Exception {
    assertEquals("/", target("/", TestSettings.plain()));
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/k/sekret/api/tags,        /api/tags,      TAGS",
    "/k/sekret/api/tags?x=1,    /api/tags?x=1,  TAGS",
    "/k/sekret/,                /,              ROOT",
    "/k/sekret,                 /,              ROOT",
    "/k/sekret?x=1,             /?x=1,          ROOT",
    "/k/sekret/v1/models/a/b,   /v1/models/a/b, V1_MODEL",
    "/k/sekret//api/tags,       //api/tags,     OTHER",
    "/k/sekret/k/other/x,       /k/other/x,     OTHER",
    "/k//api/tags,              /api/tags,      TAGS",
    "/k/,                       /,              ROOT",
    "/k,                        /k,             OTHER",
    "/kk/sekret/api/tags,       /kk/sekret/api/tags, OTHER",
    "/api/tags,                 /api/tags,      TAGS",
  })
  void aKeyInThePathIsTakenOutOfTheTarget(String received, String forwarded, Route route)
      throws Exception {
    assertEquals(forwarded, target(received, TestSettings.keyInPath()));
    assertEquals(
        route,
        exchange.look(get(received), e -> new GatewayRequest(e, TestSettings.keyInPath()).route()));
  }

  @Test
  void withoutLeaveThePathIsLeftAsItCame() throws Exception {
    assertEquals("/k/sekret/api/tags", target("/k/sekret/api/tags", TestSettings.plain()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/k/sekret/",
        "/k/sekret",
        "/k/sekret?q",
        "/k/sekret=/",
        "/k/%73ekret/",
        "/k/sekret==/x"
      })
  void theKeyOfThePathLetsIn(String target) throws Exception {
    assertEquals(ALICE, principal(get(target), TestSettings.keyInPath()));
    assertEquals(Optional.empty(), principal(get(target), TestSettings.plain()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/k/", "/k/wrong/", "/k/sekret%/", "/k/sekret+/", "/k//sekret/", "/K/sekret/"})
  void anotherKeyInThePathDoesNot(String target) throws Exception {
    assertEquals(Optional.empty(), principal(get(target), TestSettings.keyInPath()));
  }

  @Test
  void aKeyInThePathCountsBeforeOneInTheField() throws Exception {
    String good = "Authorization: Bearer sekret";
    assertEquals(Optional.empty(), principal(get("/k/wrong/x", good), TestSettings.keyInPath()));
    assertEquals(
        ALICE,
        principal(get("/k/sekret/x", "Authorization: Bearer wrong"), TestSettings.keyInPath()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer sekret",
        "authorization: bearer sekret",
        "AUTHORIZATION: sekret",
        "Authorization:   sekret==  ",
        "Authorization: Bearer   sekret="
      })
  void theFieldsKeyLetsInWithAndWithoutBearer(String field) throws Exception {
    assertEquals(ALICE, principal(get("/x", field), TestSettings.plain()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer",
        "Authorization: ",
        "Authorization: Basic sekret",
        "Authorization: Bearer sekret2",
        "Authorization: Bearer sekre",
        "X-Api-Key: sekret",
        "Cookie: Authorization=sekret"
      })
  void nothingElseLetsIn(String field) throws Exception {
    assertEquals(Optional.empty(), principal(get("/x", field), TestSettings.plain()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Gateway-Key: sekret", "x-gateway-key: Bearer sekret"})
  void theFieldIsTheOneThatTheSettingsName(String field) throws Exception {
    assertEquals(ALICE, principal(get("/x", field), TestSettings.of("X-Gateway-Key", false)));
    assertEquals(
        Optional.empty(),
        principal(
            get("/x", "Authorization: Bearer sekret"), TestSettings.of("X-Gateway-Key", false)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/k/sekret/api/tags",
        "/k/sekret",
        "/k/sekret?sekret",
        "/k/sekret/k/sekret/x",
        "/k/sekret/k/sekret",
        "//k/sekret/api/tags",
        "/k//sekret/api/tags",
        "/api/k/sekret/tags",
        "/K/sekret/api/tags",
        "/%6b/sekret/api/tags",
        "/%4B/sekret",
        "/k%2Fsekret/api/tags",
        "/api/tags?key=sekret",
      })
  void theLoggedPathNeverHoldsAKey(String target) throws Exception {
    for (Settings settings : new Settings[] {TestSettings.plain(), TestSettings.keyInPath()}) {
      String logged = exchange.look(get(target), e -> new GatewayRequest(e, settings).loggedPath());
      assertFalse(logged.contains("sekret"), logged);
      assertFalse(logged.contains("?"), logged);
    }
  }

  @Test
  void theLoggedPathIsOtherwiseThePath() throws Exception {
    assertEquals(
        "/api/chat",
        exchange.look(
            get("/k/sekret/api/chat?x=y"),
            e -> new GatewayRequest(e, TestSettings.keyInPath()).loggedPath()));
    assertEquals(
        "/k/…/api/chat",
        exchange.look(
            get("/k/sekret/api/chat"),
            e -> new GatewayRequest(e, TestSettings.plain()).loggedPath()));
  }

  @Test
  void eachRequestHasAnIdOfItsOwn() throws Exception {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      String id =
          exchange.look(get("/"), e -> new GatewayRequest(e, TestSettings.plain()).idText());
      assertTrue(id.matches("[0-9a-f]{16}"), id);
      assertTrue(ids.add(id), id);
    }
  }

  @Test
  void theRouteIgnoresTheQuery() throws Exception {
    assertEquals(
        Route.METRICS,
        exchange.look(get("/numbers?x"), e -> new GatewayRequest(e, TestSettings.plain()).route()));
  }

  private String target(String received, Settings settings) throws Exception {
    return exchange.look(get(received), e -> new GatewayRequest(e, settings).target());
  }

  private Optional<Principal> principal(String request, Settings settings) throws Exception {
    return exchange.look(request, e -> new GatewayRequest(e, settings).authenticate());
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: g\r\n\r\n";
  }

  private static String get(String target, String field) {
    return "GET " + target + " HTTP/1.1\r\nHost: g\r\n" + field + "\r\n\r\n";
  }
}
