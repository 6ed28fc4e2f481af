package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in: by address, by key in a field, by key in the path. */
class AccessTest {

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                         | ''             | 127.0.0.1 | 200
          127.0.0.1                  | ''             | 127.0.0.1 | 200
          127.0.0.1                  | ''             | 127.0.0.2 | 403
          127.0.0.0/8                | ''             | 127.0.0.2 | 200
          10.0.0.0/8                 | ''             | 127.0.0.1 | 403
          ::1                        | ''             | 127.0.0.1 | 403
          ::ffff:127.0.0.1           | ''             | 127.0.0.1 | 200
          ''                         | 127.0.0.1      | 127.0.0.1 | 403
          ''                         | 127.0.0.1      | 127.0.0.2 | 200
          127.0.0.1                  | 127.0.0.1      | 127.0.0.1 | 403
          127.0.0.0/8                | 127.0.0.2/31   | 127.0.0.3 | 403
          127.0.0.0/8                | 127.0.0.2/31   | 127.0.0.4 | 200
          """)
  void addressRulesHold(String allow, String deny, String from, int status) throws Exception {
    String security = "{\"allowIps\": %s, \"denyIps\": %s}".formatted(list(allow), list(deny));
    try (TestGateway gateway = TestGateway.before(upstream).set("security", security).start();
        RawClient client = RawClient.from(from, gateway.address())) {
      Answer answer = client.send(TestGateway.postOf("/api/chat", "{}")).answer();
      assertEquals(status, answer.status());
      if (status == 403) {
        assertEquals("{\"error\":\"Unauthorized IP\"}", answer.text());
      }
      // They go before everything else, the public paths too.
      String root = "GET / HTTP/1.1\r\nHost: g\r\n\r\n";
      assertEquals(status, client.send(root).answer().status());
    }
  }

  @ParameterizedTest
  @CsvSource({"::1, '', 200", "fd00::/8, '', 403", "'', ::1, 403", "127.0.0.1, '', 403"})
  void addressRulesHoldForIpv6(String allow, String deny, int status) throws Exception {
    String security = "{\"allowIps\": %s, \"denyIps\": %s}".formatted(list(allow), list(deny));
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("gatewayAddress", "\"[::1]:0\"")
            .set("security", security)
            .start()) {
      assertEquals(status, gateway.post("/api/chat", "{}").status());
    }
  }

  @Test
  void anIpv6ClientIsWrittenTheSameWayEverywhere() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("gatewayAddress", "\"[::1]:0\"")
            .set("metrics", "{\"enabled\": true}")
            .start()) {
      assertEquals(200, gateway.get("/api/tags").status());
      assertEquals("::1", upstream.next().head().field("X-Forwarded-For"));
      gateway.awaitMetric(
          1, "gateway_requests_by_ip_total{endpoint=\"/api/tags\",ip=\"::1\",status=\"200\"}");
    }
  }

  @Test
  void onEveryInterfaceIpv4ClientsKeepTheirAddresses() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("gatewayAddress", "\":0\"")
            .set("security", "{\"allowIps\": [\"127.0.0.1\", \"::1\"]}")
            .start()) {
      int port = gateway.address().getPort();
      for (String host : new String[] {"127.0.0.1", "::1"}) {
        try (RawClient client =
            new RawClient(new InetSocketAddress(java.net.InetAddress.ofLiteral(host), port))) {
          assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
          assertEquals(host, upstream.seen().getLast().head().field("X-Forwarded-For"));
        }
      }
      try (RawClient client =
          RawClient.from(
              "127.0.0.2",
              new InetSocketAddress(java.net.InetAddress.ofLiteral("127.0.0.1"), port))) {
        assertEquals(403, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: sekret",
        "Authorization: Bearer sekret",
        "authorization: bearer sekret=",
        "Authorization: Bearer sekret==",
      })
  void theKeyIsAcceptedBareAndWithBearer(String field) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      assertEquals(200, gateway.ask(get("/api/tags", field)).status());
      assertFalse(upstream.next().head().text().contains("sekret"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Nothing: 1",
        "Authorization:",
        "Authorization: Bearer",
        "Authorization: Bearer sekret2",
        "Authorization: Bearer sekre",
        "Authorization: Bearer SEKRET",
        "Authorization: Basic sekret",
        "X-Goog-Api-Key: sekret",
      })
  void anythingElseIsUnauthorized(String field) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer answer = gateway.ask(get("/api/tags", field));
      assertEquals(401, answer.status());
      assertEquals("{\"error\":\"Unauthorized API Key\"}", answer.text());
      assertEquals("Bearer", answer.field("WWW-Authenticate"));
      assertEquals(0, upstream.seen().size());
    }
  }

  @Test
  void aRefusalKeepsTheConnectionEvenWithABodyThatNobodyReads() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      String chat = TestGateway.postOf("/api/chat", "x".repeat(100_000));
      for (int i = 0; i < 3; i++) {
        assertEquals(401, client.send(chat.replace("sekret", "wrong!")).answer().status());
        Answer nothing = client.send(get("/gateway/x", "Authorization: sekret")).answer();
        assertEquals(404, nothing.status());
        assertEquals("{\"error\":\"There is nothing here\"}", nothing.text());
      }
      assertEquals(200, client.send(chat).answer().status());
      assertEquals(1, upstream.seen().size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Gateway-Key: sekret", "x-gateway-key: Bearer sekret"})
  void anotherFieldMayCarryTheKey(String field) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("authHeaderName", "\"X-Gateway-Key\"").start()) {
      String request = get("/api/tags", field + "\r\nAuthorization: Bearer theirs");
      assertEquals(200, gateway.ask(request).status());
      Call call = upstream.next();
      assertEquals("", call.head().field("X-Gateway-Key"));
      assertEquals("", call.head().field("Authorization"));
      assertEquals(200, gateway.ask(get("/api/tags", "Authorization: sekret")).status());
      assertEquals(401, gateway.ask(get("/api/tags", "X-Other-Key: sekret")).status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  /k/sekret/api/tags,      /api/tags",
    "GET,  /k/sekret/api/tags?a=b,  /api/tags?a=b",
    "GET,  /k/%73ekret/v1/models/x, /v1/models/x",
    "POST, /k/sekret=/api/generate, /api/generate",
  })
  void aKeyInThePathLetsInWhereThatIsAllowed(String method, String target, String forwarded)
      throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("security", "{\"keyInPath\": true}").start()) {
      assertEquals(200, gateway.ask(request(method, target)).status());
      Call call = upstream.next();
      assertEquals(forwarded, call.target());
      assertFalse(call.head().text().contains("sekret"), call.head().text());
      assertEquals(401, gateway.ask(request(method, target.replace("ekret", "esam"))).status());
      assertEquals(401, gateway.ask(request(method, forwarded)).status());
    }
    try (TestGateway gateway = TestGateway.start(upstream)) {
      assertEquals(401, gateway.ask(request(method, target)).status());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/sekret/api/tags",
        "/api/k/sekret/x",
        "/k;/sekret/x",
        "/\\k/sekret",
        "/%256b/sekret",
        "/v1/models/%73ekret",
        "/api/tags?key=sekret",
      })
  void aKeyWhereNoneBelongsIsNotFoundAndGoesToNoServer(String target) throws Exception {
    for (String keyInPath : new String[] {"true", "false"}) {
      try (TestGateway gateway =
          TestGateway.before(upstream)
              .set("security", "{\"keyInPath\": " + keyInPath + "}")
              .start()) {
        Answer answer = gateway.get(target);
        assertEquals(404, answer.status());
        assertTrue(answer.text().contains("A key goes into its header"), answer.text());
        // To somebody without a key, it says nothing about the one in the path.
        assertEquals(401, gateway.ask(request("GET", target)).status());
        assertEquals(0, upstream.seen().size());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "//api/tags, /api/tags",
    "///api//tags?a=//b, /api/tags?a=//b",
    "/v1/models/qwen2.5, /v1/models/qwen2.5",
  })
  void severalSlashesAreOne(String target, String forwarded) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      assertEquals(200, gateway.get(target).status());
      assertEquals(forwarded, upstream.next().target());
    }
  }

  @Test
  void noPathLeavesTheBasePathOfAServer() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream.url() + "/base").start()) {
      for (String target : new String[] {"/../secret", "/%2e%2E/secret", "/a/..%2f..%2fsecret"}) {
        Answer answer = gateway.get(target);
        assertEquals(400, answer.status());
        assertEquals("{\"error\":\"the request target has a dot segment\"}", answer.text());
      }
      assertEquals(0, upstream.seen().size());
      assertEquals(200, gateway.get("//secret").status());
      assertEquals("/base/secret", upstream.next().target());
    }
  }

  @Test
  void ollamasCommandLineFindsTheServerBehindItsKey() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("security", "{\"keyInPath\": true}").start()) {
      for (String target : new String[] {"/", "/k/sekret/", "/k/sekret"}) {
        Answer answer = gateway.ask(request("HEAD", target));
        assertEquals(200, answer.status());
        assertEquals("17", answer.field("Content-Length"));
      }
      assertEquals(401, gateway.ask(request("HEAD", "/k/wrong/")).status());
      assertEquals("Ollama is running", gateway.ask(request("GET", "/k/sekret/")).text());
      assertEquals(0, upstream.seen().size());
    }
  }

  @Test
  void aKeyInThePathAdministersLikeAnyOther() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("security", "{\"keyInPath\": true}").start()) {
      assertEquals("OK", gateway.ask(request("GET", "/k/sekret/config/reload")).text());
    }
  }

  private static String request(String method, String target) {
    return method + " " + target + " HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n";
  }

  private static String get(String target, String field) {
    return "GET " + target + " HTTP/1.1\r\nHost: g\r\n" + field + "\r\n\r\n";
  }

  private static String list(String item) {
    return item.isEmpty() ? "[]" : TestGateway.list(item);
  }
}
