package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an orchestrator asks: whether the gateway runs, and whether to send it requests. */
class ProbesTest {

  private static final String LIVE = "/gateway/live";
  private static final String READY = "/gateway/ready";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void withAServerUpItIsLiveAndReady() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      Answer live = ask(gateway, "GET", LIVE);
      Answer ready = ask(gateway, "GET", READY);
      assertEquals(200, live.status());
      assertEquals("live", live.text());
      assertEquals(200, ready.status());
      assertEquals("ready", ready.text());
    }
  }

  @Test
  void withoutAServerItIsLiveButNotReady() throws Exception {
    try (TestGateway gateway = TestGateway.before(FakeUpstream.refusing()).start()) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      Answer ready = ask(gateway, "GET", READY);
      while (ready.status() == 200) {
        assertTrue(System.nanoTime() - deadline < 0, "the first check doesn't end");
        ready = ask(gateway, "GET", READY);
      }
      assertEquals(503, ready.status());
      assertEquals("1", ready.field("Retry-After"));
      assertTrue(ready.text().contains("No server can be reached"), ready.text());
      assertEquals(200, ask(gateway, "GET", LIVE).status());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {FakeUpstream.SILENT, 0, 500})
  void aServerThatIsThereButFailsItsCheckIsTriedAndKeepsTheGatewayReady(int health)
      throws Exception {
    upstream.health(health);
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("loadBalancer", "{\"healthCheckTimeoutInMilliseconds\": 200}")
            .set("metrics", "{\"enabled\": true}")
            .start()) {
      gateway.awaitUp(0, upstream.url());
      assertEquals(200, ask(gateway, "GET", READY).status());
      assertEquals(200, gateway.post("/api/generate", "{}").status());
    }
  }

  @Test
  void whileItDrainsItIsLiveButNotReady() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient live = gateway.connect();
        RawClient ready = gateway.connect();
        RawClient idle = gateway.connect()) {
      String whole = request("GET", LIVE);
      assertEquals(200, idle.send(whole).answer().status());
      // Sent at once with a whole one, so that the part has come when that is answered.
      assertEquals(200, live.send(whole + "GET " + LIVE).answer().status());
      assertEquals(200, ready.send(whole + "GET " + READY).answer().status());
      Future<Boolean> stop = gateway.stop();
      assertEquals(Answer.End.CLOSED, idle.end());
      assertEquals(200, live.send(" HTTP/1.1\r\nHost: g\r\n\r\n").answer().status());
      Answer answer = ready.send(" HTTP/1.1\r\nHost: g\r\n\r\n").answer();
      assertEquals(503, answer.status());
      assertTrue(answer.text().contains("stopping"), answer.text());
      assertTrue(stop.get(20, TimeUnit.SECONDS));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {LIVE, READY})
  void neitherAddressRulesNorKeysNorTheRateLimitApply(String path) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("security", "{\"denyIps\": [\"127.0.0.0/8\"]}")
            .set("rateLimit", "{\"enabled\": true, \"maxRequests\": 1, \"timeWindowSeconds\": 60}")
            .start()) {
      for (int i = 0; i < 3; i++) {
        assertEquals(200, ask(gateway, "GET", path).status());
      }
      assertEquals(403, gateway.get("/").status());
      assertEquals(0, upstream.seen().stream().filter(c -> !c.target().equals("/")).count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {LIVE, READY})
  void onlyReadingIsAllowedAndOnlyAtThesePaths(String path) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      assertEquals(200, gateway.ask(request("HEAD", path)).status());
      assertEquals(401, ask(gateway, "DELETE", path).status());
      Answer refused =
          gateway.ask(
              "POST "
                  + path
                  + " HTTP/1.1\r\nHost: g\r\n"
                  + TestGateway.AUTH
                  + "Content-Length: 0\r\n\r\n");
      assertEquals(405, refused.status());
      assertEquals("GET, HEAD", refused.field("Allow"));
      assertEquals(401, ask(gateway, "GET", path + "/").status());
      assertEquals(401, ask(gateway, "GET", path.replace("gateway", "Gateway")).status());
    }
  }

  private static Answer ask(TestGateway gateway, String method, String path) throws IOException {
    return gateway.ask(request(method, path));
  }

  private static String request(String method, String path) {
    return method + " " + path + " HTTP/1.1\r\nHost: g\r\n\r\n";
  }
}
