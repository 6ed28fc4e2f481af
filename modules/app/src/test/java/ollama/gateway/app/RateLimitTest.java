package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The rate limit as clients meet it. */
class RateLimitTest {

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void ofFiftyParallelRequestsExactlyAsManyAsAllowedGetThrough() throws Exception {
    int requests = 50;
    int allowed = 20;
    try (TestGateway gateway = gateway(allowed, 60)) {
      CountDownLatch go = new CountDownLatch(1);
      List<FutureTask<Answer>> tasks = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        RawClient client = gateway.connect();
        FutureTask<Answer> task =
            new FutureTask<>(
                () -> {
                  try (client) {
                    go.await();
                    return client.send(TestGateway.postOf("/api/chat", "{}")).answer();
                  }
                });
        tasks.add(task);
        Thread.ofPlatform().start(task);
      }
      go.countDown();
      int passed = 0;
      for (FutureTask<Answer> task : tasks) {
        Answer answer = task.get();
        assertTrue(answer.status() == 200 || answer.status() == 429, answer::toString);
        passed += answer.status() == 200 ? 1 : 0;
      }
      assertEquals(allowed, passed);
      assertEquals(allowed, upstream.seen().size());
    }
  }

  @Test
  void aRefusedRequestIsToldWhenToComeBack() throws Exception {
    try (TestGateway gateway = gateway(2, 60)) {
      Answer first = gateway.post("/api/chat", "{}");
      assertEquals("2", first.field("RateLimit-Limit"));
      assertEquals("1", first.field("RateLimit-Remaining"));
      assertEquals("60", first.field("RateLimit-Reset"));
      assertEquals("0", gateway.post("/api/chat", "{}").field("RateLimit-Remaining"));
      Answer refused = gateway.post("/api/chat", "{}");
      assertEquals(429, refused.status());
      assertEquals("{\"error\":\"Rate limit exceeded\"}", refused.text());
      int retryAfter = Integer.parseInt(refused.field("Retry-After"));
      assertTrue(retryAfter > 50 && retryAfter <= 60, refused.toString());
      assertEquals("0", refused.field("RateLimit-Remaining"));
      assertEquals(refused.field("Retry-After"), refused.field("RateLimit-Reset"));
    }
  }

  @Test
  void afterTheWindowRequestsAreAllowedAgain() throws Exception {
    try (TestGateway gateway = gateway(1, 1)) {
      assertEquals(200, gateway.post("/api/chat", "{}").status());
      Answer refused = gateway.post("/api/chat", "{}");
      long deadline = System.nanoTime() + 20_000_000_000L;
      int refusals = 0;
      while (refused.status() == 429 && System.nanoTime() < deadline) {
        assertEquals("1", refused.field("Retry-After"));
        refused = gateway.post("/api/chat", "{}");
        refusals++;
      }
      // However many were refused meanwhile, they didn't count.
      assertEquals(200, refused.status(), "after " + refusals + " refusals");
    }
  }

  @Test
  void noOtherRefusalCounts() throws Exception {
    try (TestGateway gateway = gateway(1, 60)) {
      for (int i = 0; i < 5; i++) {
        assertEquals(401, gateway.ask("GET /api/tags HTTP/1.1\r\nHost: g\r\n\r\n").status());
        assertEquals(200, gateway.ask("GET / HTTP/1.1\r\nHost: g\r\n\r\n").status());
        assertEquals(400, gateway.ask("GET /x HTTP/1.1\r\n\r\n").status());
        assertEquals(200, gateway.get("/config/reload").status());
      }
      assertEquals(200, gateway.post("/api/chat", "{}").status());
      assertEquals(429, gateway.post("/api/chat", "{}").status());
    }
  }

  @Test
  void eachAddressHasItsOwnCount() throws Exception {
    try (TestGateway gateway = gateway(1, 60)) {
      for (String address : List.of("127.0.0.1", "127.0.0.2", "127.0.0.3")) {
        try (RawClient client = RawClient.from(address, gateway.address())) {
          String request = TestGateway.postOf("/api/chat", "{}");
          assertEquals(200, client.send(request).answer().status());
          assertEquals(429, client.send(request).answer().status());
        }
      }
    }
  }

  @Test
  void aRefusedRequestKeepsItsConnection() throws Exception {
    try (TestGateway gateway = gateway(1, 60);
        RawClient client = gateway.connect()) {
      String request = TestGateway.postOf("/v1/chat/completions", "{}");
      assertEquals(200, client.send(request).answer().status());
      for (int i = 0; i < 3; i++) {
        Answer refused = client.send(request).answer();
        assertEquals(429, refused.status());
        assertEquals(
            "{\"error\":{\"message\":\"Rate limit exceeded\",\"type\":\"rate_limit_error\","
                + "\"param\":null,\"code\":null}}",
            refused.text());
      }
    }
  }

  @Test
  void switchedOffNothingIsLimitedNorToldAboutIt() throws Exception {
    String off = "{\"maxRequests\": 1, \"timeWindowSeconds\": 60, \"enabled\": false}";
    try (TestGateway gateway = TestGateway.before(upstream).set("rateLimit", off).start()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = gateway.post("/api/chat", "{}");
        assertEquals(200, answer.status());
        assertEquals("", answer.field("RateLimit-Limit"));
      }
    }
  }

  private TestGateway gateway(int maxRequests, int seconds) throws Exception {
    return TestGateway.before(upstream)
        .set(
            "rateLimit",
            "{\"maxRequests\": %d, \"timeWindowSeconds\": %d, \"enabled\": true}"
                .formatted(maxRequests, seconds))
        .start();
  }
}
