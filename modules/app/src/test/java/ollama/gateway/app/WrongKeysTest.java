package ollama.gateway.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Guesses are limited, and nobody else is by that. */
class WrongKeysTest {

  private static final int ALLOWED = 3;
  private static final String COUNTED = "gateway_http_rejected_total{reason=\"wrong_keys\"}";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void beyondTheLimitAGuessIsToldToWaitAndIsTheConnectionsLast() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      assertEquals(ALLOWED, unauthorizedOf(gateway, 2 * ALLOWED));
      try (RawClient client = gateway.connect()) {
        Answer refused = client.send(guess("wrong")).answer();
        assertEquals(429, refused.status());
        assertEquals("{\"error\":\"Too many wrong API keys\"}", refused.text());
        int retryAfter = Integer.parseInt(refused.field("Retry-After"));
        assertTrue(retryAfter > 0 && retryAfter <= 60, refused.toString());
        assertEquals("close", refused.field("Connection"));
        assertEquals(End.CLOSED, client.end());
      }
      gateway.awaitMetric(ALLOWED + 1, COUNTED);
      assertEquals(0, upstream.seen().size());
    }
  }

  @Test
  void aRightKeyIsAlwaysLetInAndOneThatIsMissingIsNoGuess() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED);
        RawClient client = gateway.connect()) {
      String nothing = "GET /api/tags HTTP/1.1\r\nHost: g\r\n\r\n";
      for (int i = 0; i < 2 * ALLOWED; i++) {
        assertEquals(401, client.send(nothing).answer().status());
        assertEquals(401, client.send(guess("")).answer().status());
        assertEquals(200, client.send(guess(TestGateway.KEY)).answer().status());
      }
      assertEquals(ALLOWED, unauthorizedOf(gateway, 2 * ALLOWED));
      assertEquals(200, client.send(guess(TestGateway.KEY)).answer().status());
      assertEquals(401, client.send(nothing).answer().status());
    }
  }

  @Test
  void beyondTheLimitARightKeyIsAGuessWhereItNeverCameFrom() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      assertEquals(200, gateway.ask(guess(TestGateway.KEY)).status());
      try (RawClient other = RawClient.from("127.0.0.2", gateway.address())) {
        for (int i = 0; i < ALLOWED; i++) {
          assertEquals(401, other.send(guess("wrong" + i)).answer().status());
        }
        Answer refused = other.send(guess(TestGateway.KEY)).answer();
        assertEquals(429, refused.status());
        assertEquals("{\"error\":\"Too many wrong API keys\"}", refused.text());
        assertTrue(Integer.parseInt(refused.field("Retry-After")) > 0, refused::toString);
      }
      assertEquals(200, gateway.ask(guess(TestGateway.KEY)).status());
    }
  }

  @Test
  void whatStandsBesideARightKeyIsAGuessTheFirstTime() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED);
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 2 * ALLOWED; i++) {
        assertEquals(200, client.send(beside("always-the-same")).answer().status());
      }
      for (int i = 1; i < ALLOWED; i++) {
        assertEquals(200, client.send(beside("guess" + i)).answer().status());
      }
      assertEquals(429, gateway.ask(guess("wrong")).status(), "these were guesses");
      assertEquals(200, client.send(beside("guess")).answer().status(), "but its own is known");
    }
  }

  @Test
  void beyondTheLimitARightGuessBesideAKnownKeyIsNothingElseThanAWrongOne() throws Exception {
    String keys =
        "["
            + TestGateway.entry("boss", "the-boss", true)
            + ",{\"name\": \"own\", \"sha256\": \""
            + ApiKey.ofPlain("own", "own-key", false).sha256()
            + "\"}]";
    try (TestGateway gateway = plan(ALLOWED).set("apiKeys", keys).start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 2 * ALLOWED; i++) {
        assertEquals(403, client.send(reload("guess" + i)).answer().status());
      }
      assertEquals(403, client.send(reload("the-boss")).answer().status());
    }
  }

  @Test
  void aRequestWithSeveralGuessesIsSeveral() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      String basic = Base64.getEncoder().encodeToString("one:two".getBytes(US_ASCII));
      String head =
          "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: Basic "
              + basic
              + "\r\nX-Api-Key: three\r\n\r\n";
      assertEquals(401, gateway.ask(head).status());
      assertEquals(0, unauthorizedOf(gateway, 2), "it was three, as many as may be");
    }
  }

  @Test
  void aNeighboursGuessesLockNobodyOutWhoWasThereBefore() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED);
        RawClient client = gateway.connect()) {
      assertEquals(200, client.send(guess(TestGateway.KEY)).answer().status());
      assertEquals(ALLOWED, unauthorizedOf(gateway, 2 * ALLOWED));
      assertEquals(200, client.send(guess(TestGateway.KEY)).answer().status());
      gateway.set("logging", "true").process().reload();
      assertEquals(200, gateway.ask(guess(TestGateway.KEY)).status());
    }
  }

  @Test
  void aKeyInThePathIsOneToo() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      int unauthorized = 0;
      for (int i = 0; i < 2 * ALLOWED; i++) {
        String get = "GET /k/wrong" + i + "/api/tags HTTP/1.1\r\nHost: g\r\n\r\n";
        unauthorized += gateway.ask(get).status() == 401 ? 1 : 0;
        assertEquals(401, gateway.ask("GET /k/ HTTP/1.1\r\nHost: g\r\n\r\n").status());
      }
      assertEquals(ALLOWED, unauthorized);
      assertEquals(0, unauthorizedOf(gateway, 1));
    }
  }

  @Test
  void aKeyThatWasFoundInAPathOrQueryIsOneToo() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      for (int i = 0; i < ALLOWED; i++) {
        String target = i % 2 == 0 ? "/v1/models/x:" : "/api/tags?key=";
        assertEquals(404, gateway.get(target + TestGateway.KEY).status());
      }
      try (RawClient client = gateway.connect()) {
        String found = "GET /v1/models/" + TestGateway.KEY + " HTTP/1.1\r\nHost: g\r\n";
        Answer refused = client.send(found + TestGateway.AUTH + "\r\n").answer();
        assertEquals(429, refused.status());
        assertTrue(refused.text().contains("Too many wrong API keys"), refused.text());
        assertEquals(End.CLOSED, client.end());
      }
      assertEquals(0, unauthorizedOf(gateway, 1));
      assertEquals(0, upstream.seen().size());
      // What holds no key is no guess.
      assertEquals(200, gateway.get("/v1/models/llama3.2:3b").status());
    }
  }

  @Test
  void eachClientIsLimitedByItself() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      assertEquals(ALLOWED, unauthorizedOf(gateway, 2 * ALLOWED));
      try (RawClient other = RawClient.from("127.0.0.2", gateway.address())) {
        assertEquals(401, other.send(guess("wrong")).answer().status());
      }
    }
  }

  @Test
  void aReloadForgetsNoGuess() throws Exception {
    try (TestGateway gateway = gateway(ALLOWED)) {
      assertEquals(ALLOWED, unauthorizedOf(gateway, ALLOWED));
      gateway.set("rateLimit", "{\"enabled\": true}").process().reload();
      assertEquals(0, unauthorizedOf(gateway, ALLOWED));
    }
  }

  @Test
  void ofManyAtOnceExactlyAsManyAsAllowedAreUnauthorized() throws Exception {
    try (TestGateway gateway = gateway(20)) {
      CountDownLatch go = new CountDownLatch(1);
      List<FutureTask<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        RawClient client = gateway.connect();
        FutureTask<Integer> task =
            new FutureTask<>(
                () -> {
                  try (client) {
                    go.await();
                    return client.send(guess("wrong")).answer().status();
                  }
                });
        tasks.add(task);
        Thread.ofPlatform().start(task);
      }
      go.countDown();
      int unauthorized = 0;
      for (FutureTask<Integer> task : tasks) {
        unauthorized += task.get() == 401 ? 1 : 0;
      }
      assertEquals(20, unauthorized);
    }
  }

  @Test
  void zeroIsNoLimit() throws Exception {
    try (TestGateway gateway = gateway(0)) {
      assertEquals(20, unauthorizedOf(gateway, 20));
    }
  }

  /** How many of so many guesses, each on a connection of its own, are 401 and not 429. */
  private static int unauthorizedOf(TestGateway gateway, int guesses) throws IOException {
    int unauthorized = 0;
    for (int i = 0; i < guesses; i++) {
      int status = gateway.ask(guess("wrong" + i)).status();
      assertTrue(status == 401 || status == 429, "status " + status);
      unauthorized += status == 401 ? 1 : 0;
    }
    return unauthorized;
  }

  private static String guess(String key) {
    return "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: " + key + "\r\n\r\n";
  }

  private static String beside(String guess) {
    return two("/api/tags", guess, TestGateway.KEY);
  }

  private static String reload(String guess) {
    return two("/config/reload", guess, "own-key");
  }

  /** With one key in the place that comes first, and another in one that comes later. */
  private static String two(String path, String first, String second) {
    return "GET %s HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer %s\r\nX-Api-Key: %s\r\n\r\n"
        .formatted(path, first, second);
  }

  private TestGateway gateway(int maxFailures) throws Exception {
    return plan(maxFailures).start();
  }

  private TestGateway.Plan plan(int maxFailures) {
    return TestGateway.before(upstream)
        .set(
            "security",
            "{\"keyInPath\": true, \"maxFailuresPerMinute\": %d}".formatted(maxFailures))
        .set("metrics", "{\"enabled\": true}");
  }
}
