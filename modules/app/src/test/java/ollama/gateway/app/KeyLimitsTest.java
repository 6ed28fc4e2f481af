package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much a key may use. */
@Timeout(60)
class KeyLimitsTest {

  private final CountDownLatch go = new CountDownLatch(1);

  @AutoClose
  private final FakeUpstream server =
      FakeUpstream.start(
          call -> {
            String _ = call.readBody();
            call.await(go);
            call.respond(200, "{}");
          });

  @Test
  void soManyRequestsOfAKeyRunAtOnceAndTheNextWhenOneIsOver() throws Exception {
    try (TestGateway gateway = plan("\"maxConcurrentRequests\": 2").start();
        RawClient first = gateway.connect();
        RawClient second = gateway.connect();
        RawClient third = gateway.connect()) {
      first.send(chat("limited"));
      second.send(chat("limited"));
      server.awaitSeen(2);

      Answer refused = third.send(chat("limited")).answer();

      assertEquals(429, refused.status());
      assertEquals("1", refused.field("Retry-After"));
      assertTrue(refused.text().contains("may at once"), refused::text);
      go.countDown();
      assertEquals(200, first.answer().status());
      assertEquals(200, second.answer().status());
      assertEquals(200, third.send(chat("limited")).answer().status());
      gateway.awaitMetric(1, "gateway_http_rejected_total{reason=\"key_concurrency\"}");
    }
  }

  @Test
  void whoSendsOneAfterTheOtherIsNeverInTheirOwnWay() throws Exception {
    go.countDown();
    try (TestGateway gateway = plan("\"maxConcurrentRequests\": 1").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 300; i++) {
        String request =
            i % 3 == 0 ? TestGateway.getOf("/api/ps") : TestGateway.getOf("/gateway/x");
        String own = i % 3 == 2 ? chat("limited") : request;
        int status = client.send(with("limited", own)).answer().status();
        assertEquals(i % 3 == 1 ? 404 : 200, status, "request " + i);
      }
    }
  }

  @Test
  void whoLeavesMakesRoom() throws Exception {
    try (TestGateway gateway = plan("\"maxConcurrentRequests\": 1").start()) {
      try (RawClient leaving = gateway.connect()) {
        leaving.send(chat("limited"));
        server.awaitSeen(1);
      }
      gateway.awaitMetric(1, "gateway_requests_in_flight");
      go.countDown();

      assertEquals(200, ask(gateway, "limited"));
    }
  }

  @Test
  void aLimitByKeyIsEachKeysOwnWhereverItComesFrom() throws Exception {
    go.countDown();
    String limit =
        "{\"enabled\": true, \"maxRequests\": 2, \"timeWindowSeconds\": 3600, \"by\": \"key\"}";
    try (TestGateway gateway = plan("\"admin\": false").set("rateLimit", limit).start()) {
      assertEquals(200, ask(gateway, "limited"));
      assertEquals(200, ask(gateway, "limited"));
      assertEquals(429, ask(gateway, "limited"));
      assertEquals(200, ask(gateway, TestGateway.KEY));
      assertEquals(200, ask(gateway, TestGateway.KEY));
      assertEquals(429, ask(gateway, TestGateway.KEY));
    }
  }

  @Test
  void aKeysOwnRateLimitHoldsInThePlaceOfTheGeneralOne() throws Exception {
    go.countDown();
    String own = "\"rateLimit\": {\"maxRequests\": 3, \"timeWindowSeconds\": 3600}";
    String general = "{\"enabled\": true, \"maxRequests\": 2, \"timeWindowSeconds\": 60}";
    try (TestGateway gateway = plan(own).set("rateLimit", general).start()) {
      for (int left = 2; left >= 0; left--) {
        Answer answer = gateway.ask(chat("limited"));
        assertEquals(200, answer.status());
        assertEquals("3", answer.field("RateLimit-Limit"));
        assertEquals("" + left, answer.field("RateLimit-Remaining"));
      }
      Answer refused = gateway.ask(chat("limited"));
      assertEquals(429, refused.status());
      assertTrue(Integer.parseInt(refused.field("Retry-After")) > 60, refused::toString);
      // The address has as much as before.
      assertEquals(200, ask(gateway, TestGateway.KEY));
      assertEquals(200, ask(gateway, TestGateway.KEY));
      assertEquals(429, ask(gateway, TestGateway.KEY));

      gateway.set("logging", "true").process().reload();

      assertEquals(429, ask(gateway, "limited"));
    }
  }

  @Test
  void whatKeysHaveLeftOfALimitByKeyIsTold() throws Exception {
    go.countDown();
    String own = "\"rateLimit\": {\"maxRequests\": 3, \"timeWindowSeconds\": 3600}";
    String general =
        "{\"enabled\": true, \"maxRequests\": 5, \"timeWindowSeconds\": 3600, \"by\": \"key\"}";
    try (TestGateway gateway = plan(own).set("rateLimit", general).start()) {
      assertEquals(200, ask(gateway, "limited"));

      assertEquals(3, gateway.metric("gateway_key_rate_limit_requests{key=\"limited\"}"));
      assertEquals(2, gateway.metric("gateway_key_rate_limit_remaining{key=\"limited\"}"));
      assertEquals(5, gateway.metric("gateway_key_rate_limit_requests{key=\"admin\"}"));
      assertEquals(5, gateway.metric("gateway_key_rate_limit_remaining{key=\"admin\"}"));
    }
  }

  @Test
  void ofALimitByAddressNothingIsToldByKey() throws Exception {
    String general = "{\"enabled\": true, \"maxRequests\": 5, \"timeWindowSeconds\": 3600}";
    try (TestGateway gateway = plan("\"admin\": false").set("rateLimit", general).start()) {
      assertFalse(gateway.get("/metrics").text().contains("key_rate_limit_requests{"));
    }
  }

  private TestGateway.Plan plan(String member) {
    String digest = ApiKey.ofPlain("limited", "limited", false).sha256();
    return TestGateway.before(server)
        .set("metrics", "{\"enabled\": true}")
        .set(
            "apiKeys",
            "[%s, {\"name\": \"limited\", \"sha256\": \"%s\", %s}]"
                .formatted(TestGateway.entry("admin", TestGateway.KEY, true), digest, member));
  }

  private static int ask(TestGateway gateway, String key) throws IOException {
    return gateway.ask(chat(key)).status();
  }

  private static String chat(String key) {
    return with(key, TestGateway.postOf("/api/chat", "{\"model\":\"m\"}"));
  }

  private static String with(String key, String request) {
    return request.replace(TestGateway.AUTH, "Authorization: Bearer " + key + "\r\n");
  }
}
