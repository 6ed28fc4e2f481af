package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Behind proxies that are trusted the gateway knows its clients as if they came directly. */
@Timeout(60)
class TrustedProxiesTest {

  private static final String TRUSTED = "\"trustedProxies\": [\"127.0.0.1\", \"10.0.0.0/8\"]";
  private static final String ALICE = "192.0.2.1";
  private static final String BOB = "192.0.2.2";

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  private TestGateway.Plan plan(String security) {
    return TestGateway.before(server)
        .set("metrics", "{\"enabled\": true}")
        .set("security", "{" + security + "}");
  }

  private static String from(String client) {
    return request("X-Forwarded-For: " + client + "\r\n" + TestGateway.AUTH);
  }

  private static String request(String fields) {
    return "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + fields + "\r\n";
  }

  @Test
  void addressRulesAreThoseOfTheClientRequestByRequest() throws Exception {
    try (TestGateway gateway = plan(TRUSTED + ", \"denyIps\": [\"192.0.2.2\"]").start();
        RawClient proxy = gateway.connect()) {
      assertEquals(200, proxy.send(from(ALICE)).answer().status());
      assertEquals(403, proxy.send(from(BOB)).answer().status());
      assertEquals(403, proxy.send(from(ALICE + ", " + BOB)).answer().status());
      assertEquals(403, proxy.send(from(BOB + ", 10.0.0.9")).answer().status());
      assertEquals(200, proxy.send(from(BOB + ", " + ALICE)).answer().status());
      assertEquals(200, proxy.send(request(TestGateway.AUTH)).answer().status());
    }
  }

  @Test
  void whoeverIsNotTrustedIsNotBelieved() throws Exception {
    try (TestGateway gateway = plan(TRUSTED + ", \"denyIps\": [\"127.0.0.2\"]").start();
        RawClient liar = RawClient.from("127.0.0.2", gateway.address());
        RawClient stranger = RawClient.from("127.0.0.3", gateway.address())) {
      String forwarded = "Forwarded: for=" + ALICE + "\r\nX-Real-IP: " + ALICE + "\r\n";
      assertEquals(403, liar.send(from(ALICE)).answer().status());
      assertEquals(403, liar.send(request(forwarded + TestGateway.AUTH)).answer().status());
      assertEquals(200, stranger.send(from("127.0.0.2")).answer().status());
      assertEquals("127.0.0.3", server.next().head().field("X-Forwarded-For"));
    }
  }

  @Test
  void eachClientHasItsOwnRate() throws Exception {
    String two = "{\"enabled\": true, \"maxRequests\": 2, \"timeWindowSeconds\": 3600}";
    try (TestGateway gateway = plan(TRUSTED).set("rateLimit", two).start();
        RawClient proxy = gateway.connect()) {
      for (String client : new String[] {ALICE, BOB}) {
        // What it puts before changes nothing.
        assertEquals(200, proxy.send(from("192.0.2.77, " + client)).answer().status());
        assertEquals(200, proxy.send(from("192.0.2.78, " + client)).answer().status());
        assertEquals(429, proxy.send(from("192.0.2.79, " + client)).answer().status());
      }
    }
  }

  @Test
  void wrongKeysAreThoseOfTheClient() throws Exception {
    String wrong = "Authorization: Bearer wrong\r\n";
    try (TestGateway gateway = plan(TRUSTED + ", \"maxFailuresPerMinute\": 2").start()) {
      for (int expected : new int[] {401, 401, 429}) {
        String guess = request("X-Forwarded-For: " + ALICE + "\r\n" + wrong);
        assertEquals(expected, gateway.ask(guess).status());
      }
      assertEquals(200, gateway.ask(from(BOB)).status());
    }
  }

  @Test
  void aKeyMayBeUsedFromItsClientsAddresses() throws Exception {
    String entry = TestGateway.entry("alice", TestGateway.KEY, false);
    String bound = entry.replace("}", ", \"allowIps\": [\"" + ALICE + "\"]}");
    try (TestGateway gateway = plan(TRUSTED).set("apiKeys", "[" + bound + "]").start()) {
      assertEquals(200, gateway.ask(from(ALICE)).status());
      assertEquals(403, gateway.ask(from(BOB)).status());
    }
  }

  @Test
  void metricsNameTheClient() throws Exception {
    try (TestGateway gateway = plan(TRUSTED).start()) {
      assertEquals(200, gateway.ask(from(ALICE)).status());
      gateway.awaitMetric(
          1,
          "gateway_requests_by_ip_total{endpoint=\"/api/tags\",ip=\""
              + ALICE
              + "\",status=\"200\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.2\r\n",
        "Forwarded: for=\"x, for=192.0.2.2\r\n"
      })
  void whatCanBeReadInTwoWaysIsRefused(String fields) throws Exception {
    try (TestGateway gateway = plan(TRUSTED).start()) {
      Answer answer = gateway.ask(request(fields + TestGateway.AUTH));

      assertEquals(400, answer.status());
      assertTrue(answer.text().contains("the proxy in front must set both"), answer::text);
      assertEquals(List.of(), server.seen());
    }
  }

  @Test
  void theirConnectionsAreNotBoundedLikeThoseOfOneClient() throws Exception {
    List<RawClient> open = new ArrayList<>();
    try (TestGateway gateway =
        plan(TRUSTED).set("limits", "{\"connectionsPerAddress\": 2}").start()) {
      for (int i = 0; i < 5; i++) {
        open.add(gateway.connect());
        assertEquals(200, open.getLast().send(from(ALICE)).answer().status());
      }
      for (int expected : new int[] {200, 200, 503}) {
        open.add(RawClient.from("127.0.0.5", gateway.address()));
        assertEquals(expected, open.getLast().send(from(ALICE)).answer().status());
      }
    } finally {
      for (RawClient each : open) {
        each.close();
      }
    }
  }

  @Test
  void aPageOfTheHostThatTheProxyWasAskedForMayAdminister() throws Exception {
    try (TestGateway gateway = plan(TRUSTED).start()) {
      String page = "Origin: https://chat.example\r\n" + TestGateway.AUTH + "\r\n";
      String reload = "POST /config/reload HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" + page;

      assertEquals(403, gateway.ask(reload).status());
      String host = reload.replace("\r\n\r\n", "\r\nX-Forwarded-Host: chat.example\r\n\r\n");
      assertEquals(200, gateway.ask(host).status());
    }
  }

  @Test
  void aReloadTakesTrustBackAndGivesIt() throws Exception {
    try (TestGateway gateway = plan("\"denyIps\": [\"" + BOB + "\"]").start();
        RawClient proxy = gateway.connect()) {
      assertEquals(200, proxy.send(from(BOB)).answer().status());
      gateway.set("security", "{" + TRUSTED + ", \"denyIps\": [\"" + BOB + "\"]}");
      gateway.process().reload();
      assertEquals(403, proxy.send(from(BOB)).answer().status());
    }
  }

  @Test
  void withTheProxyProtocolAConnectionsFirstBytesNameItsClient() throws Exception {
    String security = TRUSTED + ", \"proxyProtocol\": true, \"denyIps\": [\"" + BOB + "\"]";
    try (TestGateway gateway = plan(security).start();
        RawClient alice = gateway.connect();
        RawClient bob = gateway.connect();
        RawClient chain = gateway.connect();
        RawClient direct = RawClient.from("127.0.0.2", gateway.address())) {
      String header = "PROXY TCP4 %s 127.0.0.1 4711 80\r\n";
      // Who isn't trusted is not believed, wherever it stands.
      Answer first = alice.send(header.formatted(ALICE) + from(BOB)).answer();
      assertEquals(200, first.status());
      Call seen = server.next();
      assertEquals(ALICE, seen.head().field("X-Forwarded-For"));
      assertEquals(200, alice.send(from(BOB)).answer().status());
      assertEquals(403, bob.send(header.formatted(BOB) + from(ALICE)).answer().status());
      // A proxy behind a proxy.
      assertEquals(403, chain.send(header.formatted("10.0.0.9") + from(BOB)).answer().status());
      assertEquals(200, direct.send(from(BOB)).answer().status());
    }
  }

  @Test
  void withTheProxyProtocolNobodyIsBelievedWhoseProxyNamedNone() throws Exception {
    String security = TRUSTED + ", \"denyIps\": [\"" + BOB + "\"]";
    try (TestGateway gateway = plan(security).start();
        RawClient before = gateway.connect()) {
      assertEquals(403, before.send(from(BOB)).answer().status());
      gateway.set("security", "{" + security + ", \"proxyProtocol\": true}");
      gateway.process().reload();
      // One of before, which was never asked for whom it is.
      assertEquals(200, before.send(from(BOB)).answer().status());
      try (RawClient unknown = gateway.connect()) {
        assertEquals(200, unknown.send("PROXY UNKNOWN\r\n" + from(BOB)).answer().status());
        assertEquals(200, unknown.send(from(BOB)).answer().status());
      }
      server
          .seen()
          .forEach(call -> assertEquals("127.0.0.1", call.head().field("X-Forwarded-For")));
    }
  }

  @Test
  void withTheProxyProtocolATrustedConnectionWithoutItIsRefusedAndCounted() throws Exception {
    try (TestGateway gateway = plan(TRUSTED + ", \"proxyProtocol\": true").start();
        RawClient proxy = gateway.connect();
        RawClient direct = RawClient.from("127.0.0.2", gateway.address())) {
      Answer answer = proxy.send(from(ALICE)).answer();

      assertEquals(400, answer.status());
      assertTrue(answer.text().contains("PROXY protocol"), answer::text);
      String page = direct.send(TestGateway.getOf("/metrics")).answer().text();
      assertTrue(page.contains("reason=\"proxy_header\"} 1"), page);
    }
  }
}
