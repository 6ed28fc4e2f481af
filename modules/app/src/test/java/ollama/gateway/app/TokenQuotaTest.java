package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many tokens a key may use, and who is told how many were used. */
@Timeout(120)
class TokenQuotaTest {

  /** Of 70 tokens. */
  private static final String LAST =
      "{\"model\":\"m\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\","
          + "\"total_duration\":9,\"prompt_eval_count\":30,\"eval_count\":40}\n";

  private static final String TOKEN = "{\"model\":\"m\",\"response\":\"a\",\"done\":false}\n";

  private final CountDownLatch go = new CountDownLatch(1);

  @AutoClose
  private final FakeUpstream server =
      FakeUpstream.start(
          call -> {
            String _ = call.readBody();
            if (call.target().startsWith("/api/tags")) {
              call.respond(200, "{\"models\":[]}");
              return;
            }
            call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(TOKEN));
            call.await(go);
            call.send(chunk(TOKEN) + chunk(LAST) + "0\r\n\r\n");
          });

  @Test
  void aStreamInWhichTheQuotaRunsOutEndsAsItBeganAndTheNextIsRefused() throws Exception {
    try (TestGateway gateway = plan("{\"perDay\": 100}").start();
        RawClient client = gateway.connect()) {
      go.countDown();
      // 70 of 100, then 140.
      for (int i = 0; i < 2; i++) {
        Answer whole = client.send(generate("limited")).answer();
        assertEquals(200, whole.status());
        assertEquals(TOKEN + TOKEN + LAST, whole.text());
        assertEquals("100", whole.field("RateLimit-Limit"));
        awaitRequests(gateway, i + 1);
      }

      Answer refused = client.send(generate("limited")).answer();

      assertEquals(429, refused.status());
      assertTrue(refused.text().startsWith("{\"error\":\"This API key has used"), refused::text);
      String tomorrow = LocalDate.now(ZoneOffset.UTC).plusDays(1) + "T00:00:0";
      assertTrue(refused.text().contains("try again at " + tomorrow), refused::text);
      assertEquals("0", refused.field("RateLimit-Remaining"));
      assertEquals(refused.field("RateLimit-Reset"), refused.field("Retry-After"));
      int seconds = Integer.parseInt(refused.field("Retry-After"));
      assertTrue(seconds > 0 && seconds <= 86_400, "seconds: " + seconds);
      gateway.awaitMetric(1, "gateway_http_rejected_total{reason=\"token_quota\"}");
      // What runs no model costs none, and others have their own.
      assertEquals(200, gateway.ask(with("limited", TestGateway.getOf("/api/tags"))).status());
      assertEquals(200, gateway.ask(generate(TestGateway.KEY)).status());
      assertEquals(3, server.seen().stream().filter(c -> c.method().equals("POST")).count());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, '{\"error\":{\"message\":\"This API key has used'",
    "/v1/messages, '{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"'"
  })
  void theRefusalHasTheShapeOfItsRoute(String path, String begin) throws Exception {
    go.countDown();
    try (TestGateway gateway = plan("{\"perMonth\": 1}").start()) {
      assertEquals(200, gateway.ask(generate("limited")).status());
      awaitRequests(gateway, 1);

      Answer refused = gateway.ask(with("limited", TestGateway.postOf(path, "{\"model\":\"m\"}")));

      assertEquals(429, refused.status());
      assertTrue(refused.text().startsWith(begin), refused::text);
    }
  }

  @Test
  void ofSeveralAtOnceNoMoreAreLetInThanTheirEstimatesAllow() throws Exception {
    try (TestGateway gateway = plan("{\"perMinute\": 100}").start();
        RawClient first = gateway.connect();
        RawClient second = gateway.connect();
        RawClient third = gateway.connect()) {
      assertEquals("200", first.send(generate("limited")).head().word(1));
      assertEquals("200", second.send(generate("limited")).head().word(1));

      Answer refused = third.send(generate("limited")).answer();

      assertEquals(429, refused.status());
      assertEquals("1", refused.field("Retry-After"));
      go.countDown();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api/generate, '\"prompt\":\"%\"', 50000",
    "/api/chat, '\"messages\":[{\"role\":\"user\",\"content\":\"%\"}]', 400000",
    // More than is kept of what can be tried again.
    "/api/generate, '\"prompt\":\"%\"', 4000000",
    "/v1/chat/completions, '\"messages\":[{\"role\":\"user\",\"content\":\"%\"}]', 4000000"
  })
  void whoLeavesInMidStreamPaysForAllOfALongPrompt(String path, String prompt, int chars)
      throws Exception {
    try (TestGateway gateway = plan("{\"perDay\": 10000}").start()) {
      leave(gateway, path, prompt.replace("%", "x".repeat(chars)));

      long paid = paid(gateway);
      assertTrue(Math.abs(paid - chars / 4) < 100, "paid " + paid);
      assertEquals(429, gateway.ask(generate("limited")).status());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 4_000_000})
  void whoLeavesInMidStreamPaysNoPicturesAsText(int chars) throws Exception {
    try (TestGateway gateway = plan("{\"perDay\": 10000}").start()) {
      String picture = "\"images\":[\"" + "A".repeat(chars) + "\"]";
      String user = "{\"role\":\"user\",\"content\":\"what is it?\"," + picture + "}";
      leave(gateway, "/api/chat", "\"messages\":[" + user + "]");

      long paid = paid(gateway);
      assertTrue(paid > 5 && paid < 100, "paid " + paid);
    }
  }

  @Test
  void whoLeavesInMidStreamPaysNoMoreThanTheServerReads() throws Exception {
    server.lists("{\"models\":[{\"name\":\"m\",\"model\":\"m\",\"context_length\":16384}]}");
    try (TestGateway gateway =
        plan("{\"perDay\": 10000}").set("loadBalancer", "{\"policy\": \"soonest\"}").start()) {
      gateway.awaitMetric(1, "gateway_upstream_models_loaded{server=\"" + server.url() + "\"}");
      leave(gateway, "/api/generate", "\"prompt\":\"" + "x".repeat(400_000) + "\"");

      assertEquals(16_384, paid(gateway));
    }
  }

  /** Asks, and is gone when the answer has begun. */
  private static void leave(TestGateway gateway, String path, String prompt) throws IOException {
    try (RawClient client = gateway.connect()) {
      String body = "{\"model\":\"m\",\"stream\":true," + prompt + "}";
      client.send(with("limited", TestGateway.postOf(path, body)));
      assertEquals("200", client.head().word(1));
    }
    awaitRequests(gateway, 1);
  }

  /** How many tokens prompts have cost. */
  private static long paid(TestGateway gateway) throws IOException {
    String row =
        gateway.get("/gateway/usage?format=csv").text().lines().skip(1).toList().getFirst();
    return Long.parseLong(row.split(",", -1)[6]);
  }

  @Test
  void whatWasUsedIsKnownAfterARestartAndTheQuotaHolds() throws Exception {
    go.countDown();
    try (TestGateway gateway = plan("{\"perMonth\": 70}").start()) {
      assertEquals(200, gateway.ask(generate("limited")).status());
      awaitRequests(gateway, 1);
      gateway.process().close();
      try (GatewayProcess next = GatewayProcess.create(gateway.file(), java.util.Map.of(), false)) {
        next.listen();
        try (RawClient client = new RawClient(next.addresses().getFirst())) {
          assertEquals(429, client.send(generate("limited")).answer().status());
          String usage = client.send(TestGateway.getOf("/gateway/usage")).answer().text();
          assertTrue(usage.contains("\"promptTokens\":30,"), usage);
        }
      }
    }
  }

  @Test
  void anAdministratorSeesAllUsageAndAnybodyElseTheirOwn() throws Exception {
    go.countDown();
    try (TestGateway gateway = plan("{\"perDay\": 1000}").start()) {
      assertEquals(200, gateway.ask(generate("limited")).status());
      assertEquals(200, gateway.ask(generate(TestGateway.KEY)).status());
      awaitRequests(gateway, 2);
      String id = ApiKey.ofPlain("limited", "limited", false).sha256().substring(0, 12);
      String today = "" + LocalDate.now(ZoneOffset.UTC);
      String own =
          "[{\"day\":\"%s\",\"key\":\"limited\",\"id\":\"%s\",\"model\":\"m:latest\",\"requests\":1,"
                  .formatted(today, id)
              + "\"estimated\":0,\"promptTokens\":30,\"cachedTokens\":0,\"completionTokens\":40}]";

      assertEquals(own, usage(gateway, "limited", "").text());
      assertEquals(own, usage(gateway, "limited", "?key=limited&since=" + today).text());
      assertEquals(own, usage(gateway, TestGateway.KEY, "?key=limited").text());
      Answer csv = usage(gateway, TestGateway.KEY, "?format=csv");
      assertEquals("text/csv; charset=utf-8", csv.field("Content-Type"));
      List<String> lines = csv.text().lines().toList();
      assertEquals(
          "day,key,id,model,requests,estimated,promptTokens,cachedTokens,completionTokens",
          lines.getFirst());
      assertEquals(3, lines.size(), csv.text());
      assertTrue(lines.contains(today + ",limited," + id + ",m:latest,1,0,30,0,40"), csv.text());

      assertEquals(403, usage(gateway, "limited", "?key=admin").status());
      assertEquals(403, usage(gateway, "limited", "?key=nobody").status());
      assertEquals(404, usage(gateway, TestGateway.KEY, "?key=nobody").status());
      assertEquals(400, usage(gateway, TestGateway.KEY, "?since=yesterday").status());
      assertEquals(400, usage(gateway, TestGateway.KEY, "?format=xml").status());
      assertEquals("[]", usage(gateway, TestGateway.KEY, "?since=9999-12-31").text());
      assertEquals(405, gateway.post("/gateway/usage", "{}").status());
      assertEquals(401, usage(gateway, "nobody", "").status());
      assertFalse(csv.text().contains(ApiKey.ofPlain("x", "limited", false).sha256()));
    }
  }

  private TestGateway.Plan plan(String tokens) {
    String digest = ApiKey.ofPlain("limited", "limited", false).sha256();
    return TestGateway.before(server)
        .set("metrics", "{\"enabled\": true}")
        .set(
            "apiKeys",
            "[%s, {\"name\": \"limited\", \"sha256\": \"%s\", \"tokens\": %s}]"
                .formatted(TestGateway.entry("admin", TestGateway.KEY, true), digest, tokens));
  }

  private static Answer usage(TestGateway gateway, String key, String query) throws IOException {
    return gateway.ask(with(key, TestGateway.getOf("/gateway/usage" + query)));
  }

  /** What an answer took is counted once its client has the end. */
  private static void awaitRequests(TestGateway gateway, int count) throws IOException {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (requests(gateway) < count) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(gateway.get("/gateway/usage").text());
      }
    }
  }

  private static int requests(TestGateway gateway) throws IOException {
    return gateway
        .get("/gateway/usage?format=csv")
        .text()
        .lines()
        .skip(1)
        .mapToInt(line -> Integer.parseInt(line.split(",", -1)[4]))
        .sum();
  }

  private static String generate(String key) {
    return with(key, TestGateway.postOf("/api/generate", "{\"model\":\"m\",\"prompt\":\"p\"}"));
  }

  private static String with(String key, String request) {
    return request.replace(TestGateway.AUTH, "Authorization: Bearer " + key + "\r\n");
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }
}
