package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.ollama.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallTest {

  private static final Optional<Principal> ALICE =
      Optional.of(new Principal(ApiKey.ofText("alice", TestSettings.KEY)));

  private static final String OPTIONS = "OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n";

  private final RealExchange exchange;

  CallTest() throws IOException {
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
    "/k/sekret//api/tags,       /api/tags,      TAGS",
    "//k/sekret/api//tags,      /api/tags,      TAGS",
    "/k//sekret/api/tags,       /api/tags,      TAGS",
    "/k/sekret?x//y,            /?x//y,         ROOT",
    "/k/sekret/k/other/x,       /k/other/x,     OTHER",
    "/k//api/tags,              /tags,          OTHER",
    "/k/,                       /,              ROOT",
    "/k,                        /k,             OTHER",
    "/kk/sekret/api/tags,       /kk/sekret/api/tags, OTHER",
    "/api/tags,                 /api/tags,      TAGS",
    "//api/tags,                /api/tags,      TAGS",
    "///api////tags?x//y=//,    /api/tags?x//y=//, TAGS",
    "//,                        /,              ROOT",
  })
  void aKeyInThePathIsTakenOutOfTheTarget(String received, String forwarded, Route route)
      throws Exception {
    assertEquals(forwarded, target(received, TestSettings.keyInPath()));
    assertEquals(
        route, exchange.look(get(received), e -> new Call(e, TestSettings.keyInPath()).route()));
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
      strings = {"/k/", "/k/wrong/", "/k/sekret%/", "/k/sekret+/", "/k/%2573ekret/", "/K/sekret/"})
  void anotherKeyInThePathDoesNot(String target) throws Exception {
    assertEquals(Optional.empty(), principal(get(target), TestSettings.keyInPath()));
  }

  @Test
  void theFirstKeyThatIsAnybodysCounts() throws Exception {
    String good = "Authorization: Bearer sekret";
    assertEquals(ALICE, principal(get("/k/wrong/x", good), TestSettings.keyInPath()));
    assertEquals(
        ALICE,
        principal(get("/k/sekret/x", "Authorization: Bearer wrong"), TestSettings.keyInPath()));
    assertEquals(
        ALICE,
        principal(
            get("/x", "Authorization: Bearer wrong\r\nX-Api-Key: sekret"), TestSettings.plain()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Api-Key: sekret",
        "x-api-key: Bearer sekret",
        "Api-Key: sekret==",
        "Authorization: Basic YWxpY2U6c2VrcmV0",
        "Authorization: basic   c2VrcmV0OmFueXRoaW5n",
        "Authorization: BASIC c2VrcmV0Og==",
        "Authorization: Basic c2VrcmV0"
      })
  void theFieldsOfOtherClientsLetInToo(String field) throws Exception {
    assertEquals(ALICE, principal(get("/x", field), TestSettings.plain()));
    assertEquals(ALICE, principal(get("/x", field), TestSettings.of("X-Gateway-Key", false)));
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
        "Authorization: Basic c2VrcmV",
        "Authorization: Basic YWxpY2U6c2VrcmV0Og==",
        "Authorization: Basic !!!",
        "Proxy-Authorization: Bearer sekret",
        "X-Goog-Api-Key: sekret",
        "Cookie: Authorization=sekret"
      })
  void nothingElseLetsIn(String field) throws Exception {
    assertEquals(Optional.empty(), principal(get("/x", field), TestSettings.plain()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Gateway-Key: sekret", "x-gateway-key: Bearer sekret"})
  void theFieldIsTheOneThatTheSettingsName(String field) throws Exception {
    assertEquals(ALICE, principal(get("/x", field), TestSettings.of("X-Gateway-Key", false)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/k/sekret/api/tags",
        "/k/sekret",
        "/k/sekret?sekret",
        "/sekret/api/tags",
        "/api/sekret",
        "/api/tags/sekret",
        "/gateway/sekret",
        "/gateway/%73ekret",
        "/api/blobs/sekret",
        "/v1/models/sekret",
        "/v1/models/a%2fsekret",
        "/v1/sekret/models",
        "/x/%73ekret",
        "/x/%2573ekret",
        "/x;sekret/y",
        "/x;key=sekret/y",
        "/x\\sekret",
        "/x/sekret==",
        "/x/Bearer%20sekret",
        "/k;/sekret/x",
        "/k;sekret/x",
        "/\\k/sekret",
        "/\\k\\sekret",
        "/%256b/sekret",
        "/%256b%252fsekret",
        "/k%3b/sekret",
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
      String logged = exchange.look(get(target), e -> new Call(e, settings).loggedPath());
      assertFalse(logged.contains("ekret"), logged);
      assertFalse(logged.contains("?"), logged);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/k/other/api/tags",
        "/K/other",
        "/k;/other/x",
        "/\\k/other",
        "/%256b/other",
        "/k%2fother",
        "/api/k/other/x",
        "/x/other-that-is-long-enough",
      })
  void norWhatMayBeAMistypedOne(String target) throws Exception {
    String logged = logged(target);
    assertFalse(logged.contains("other"), logged);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/sekret/api/tags",
        "/api/tags/sekret",
        "/api/k/sekret/x",
        "/v1/models/sekret",
        "/v1/models/a/sekret",
        "/api/blobs/sekret",
        "/x/%73ekret",
        "/x/%2573ekret",
        "/x/sekret==",
        "/x/Bearer%20sekret",
        "/x;key=sekret/y",
        "/x%2fsekret",
        "/x%252fsekret",
        "/x\\sekret",
        "/k/other/x",
        "/k;/other/x",
        "/\\k/other",
        "/%256b/other",
        "/api/tags?sekret",
        "/api/tags?key=sekret",
        "/api/tags?a=b&key=%73ekret",
        "/api/tags?Authorization=Bearer+sekret",
        "/v1/models/a:sekret",
        "/api/tags?a={%22key%22:%22sekret%22}",
      })
  void aKeyWhereNoneBelongsIsFound(String target) throws Exception {
    assertTrue(stray(get(target), TestSettings.plain()), target);
    assertTrue(stray(get("/k/sekret" + target), TestSettings.keyInPath()), target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/tags",
        "/api/tags?x=y",
        "/api/blobs/sha256:0123456789abcdef",
        "/v1/models/hf.co/somebody/Some-Model-GGUF:Q4_K_M",
        "/v1/models/hf.co%2Fsomebody%2FSome-Model-GGUF:Q4_K_M",
        "/v1/models/k",
        "/kk/x",
        "/api/k/x",
        "/k",
      })
  void anythingElseIsNone(String target) throws Exception {
    assertFalse(stray(get(target), TestSettings.plain()), target);
    assertFalse(stray(get("/k/sekret" + target), TestSettings.keyInPath()), target);
  }

  @Test
  void aKeyMayHaveASlash() throws Exception {
    Settings settings = TestSettings.ofKey("sek/ret+=a");
    for (String target :
        new String[] {"/x/sek%2fret+=a", "/x/sek%252Fret%2b%3da/y", "/x?y&key=sek/ret+=a"}) {
      assertTrue(stray(get(target), settings), target);
    }
  }

  @Test
  void theLoggedPathIsOtherwiseThePath() throws Exception {
    assertEquals(
        "/api/chat",
        exchange.look(
            get("/k/sekret/api/chat?x=y"),
            e -> new Call(e, TestSettings.keyInPath()).loggedPath()));
    assertEquals(
        "/k/…/api/chat",
        exchange.look(
            get("/k/sekret/api/chat"), e -> new Call(e, TestSettings.plain()).loggedPath()));
  }

  @Test
  void longSegmentsAreLoggedWhereTheRouteIsKnown() throws Exception {
    String model = "/v1/models/hf.co/somebody/Some-Model-Instruct-GGUF:Q4_K_M";
    String blob = "/api/blobs/sha256:" + "0123456789abcdef".repeat(4);
    assertEquals(model, logged(model));
    assertEquals(blob, logged(blob));
    assertEquals("/api/blob/…", logged(blob.replace("blobs", "blob")));
    assertEquals("/…/x", logged("/" + "y".repeat(21) + "/x"));
    assertEquals("/" + "y".repeat(20), logged("/" + "y".repeat(20)));
    assertEquals("*", exchange.look(OPTIONS, e -> loggedPath(e, TestSettings.plain())));
  }

  @Test
  void theLoggedPathIsCutBetweenSegments() throws Exception {
    String path = "/v1/models" + "/abcdefghi".repeat(100);
    String logged = logged(path);
    assertEquals(path.substring(0, 500) + "/…", logged);
    assertEquals(504, logged.getBytes(StandardCharsets.UTF_8).length);
  }

  @Test
  void eachRequestHasAnIdOfItsOwn() throws Exception {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      String id = exchange.look(get("/"), e -> new Call(e, TestSettings.plain()).idText());
      assertTrue(id.matches("[0-9a-f]{16}"), id);
      assertTrue(ids.add(id), id);
    }
  }

  @Test
  void theRouteIgnoresTheQuery() throws Exception {
    assertEquals(
        Optional.of(OwnEndpoint.METRICS),
        exchange.look(get("/numbers?x"), e -> new Call(e, TestSettings.plain()).own()));
  }

  private String target(String received, Settings settings) throws Exception {
    return exchange.look(get(received), e -> new Call(e, settings).target().target());
  }

  private String logged(String received) throws Exception {
    return exchange.look(get(received), e -> loggedPath(e, TestSettings.plain()));
  }

  private static String loggedPath(Exchange exchange, Settings settings) {
    return new Call(exchange, settings).loggedPath();
  }

  private boolean stray(String request, Settings settings) throws Exception {
    return exchange.look(request, e -> new Call(e, settings).holdsStrayKey());
  }

  private Optional<Principal> principal(String request, Settings settings) throws Exception {
    return exchange.look(
        request,
        e -> {
          Call asked = new Call(e, settings);
          assertEquals(asked.authenticate(), asked.identity().principal().isPresent());
          return asked.identity().principal();
        });
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: g\r\n\r\n";
  }

  private static String get(String target, String field) {
    return "GET " + target + " HTTP/1.1\r\nHost: g\r\n" + field + "\r\n\r\n";
  }
}
