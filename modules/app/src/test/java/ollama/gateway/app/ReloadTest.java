package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New settings while the gateway runs. */
class ReloadTest {

  private static final String METRICS = "{\"enabled\": true}";
  private static final String ADMIN = TestGateway.entry("admin", TestGateway.KEY, true);

  @AutoClose private final FakeUpstream one = FakeUpstream.start(call -> call.respond(200, "one"));

  @AutoClose private final FakeUpstream two = FakeUpstream.start(call -> call.respond(200, "two"));

  @Test
  void aRequestInFlightEndsAsItBegan() throws Exception {
    CountDownLatch reloaded = new CountDownLatch(1);
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
          call.await(reloaded);
          call.send(Bytes.chunk("b") + Bytes.LAST_CHUNK);
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      Head head = client.send(TestGateway.postOf("/api/chat", "{}")).head();
      assertEquals("a", client.chunk());
      // Its server, its key and its right to be here at all: all gone.
      gateway.set("ollamaAddresses", TestGateway.list(two.url()));
      gateway.set("apiKeys", "[\"another\"]");
      gateway.process().reload();
      assertEquals(401, gateway.post("/api/chat", "{}").status());
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, "another");
      assertEquals("two", gateway.ask(request).text());
      reloaded.countDown();
      assertEquals("b", client.body(head, false).text());
      // The next request of the same connection meets the new settings.
      assertEquals(401, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
      assertEquals("two", client.send(request).answer().text());
    }
  }

  @Test
  void serversThatStayKeepTheirConnections() throws Exception {
    try (TestGateway gateway = TestGateway.start(one, two);
        RawClient client = gateway.connect()) {
      Set<Integer> connections = new HashSet<>();
      for (int i = 0; i < 8; i++) {
        gateway.set("ollamaAddresses", TestGateway.list(one.url(), two.url()));
        gateway.process().reload();
        if (client.send(TestGateway.postOf("/api/chat", "{}")).answer().text().equals("one")) {
          connections.add(one.seen().getLast().connection());
        }
      }
      assertEquals(4, one.seen().size());
      // The fallback may think that a connection has more to say, and not keep it.
      assertTrue(connections.size() == 1 || SchedulerTest.FALLBACK, connections::toString);
    }
  }

  @Test
  void serversThatStayKeepTheirHealthAndTheirOrder() throws Exception {
    String down = FakeUpstream.refusing();
    try (TestGateway gateway =
        TestGateway.before(down, one.url(), two.url()).set("metrics", METRICS).start()) {
      for (int i = 0; i < 3; i++) {
        assertEquals(200, gateway.post("/api/chat", "{}").status());
      }
      double retries = gateway.metric("gateway_retries_total{reason=\"connect\"}");
      gateway.set("ollamaAddresses", TestGateway.list(two.url(), down, one.url()));
      gateway.process().reload();
      assertEquals(0, gateway.metric("gateway_upstream_up{server=\"" + down + "\"}"));
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(gateway.post("/api/chat", "{}").text());
      }
      List<String> turns = List.of("one", "two", "one", "two", "one", "two", "one");
      int first = answers.getFirst().equals("one") ? 0 : 1;
      assertEquals(turns.subList(first, first + 6), answers);
      assertEquals(retries, gateway.metric("gateway_retries_total{reason=\"connect\"}"));
    }
  }

  @Test
  void aServerThatIsGoneIsNotCheckedAnyMoreAndANewOneIsAtOnce() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      long _ = one.nextCheck();
      gateway.set("ollamaAddresses", TestGateway.list(two.url()));
      gateway.set("loadBalancer", "{\"healthCheckIntervalInSeconds\": 1}");
      gateway.process().reload();
      long _ = two.nextCheck();
      long _ = two.nextCheck();
      assertEquals(1, one.checkCount());
    }
  }

  @Test
  void overHttpItSaysOk() throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("metrics", METRICS).start()) {
      gateway.set("ollamaAddresses", TestGateway.list(two.url()));
      Answer answer = gateway.get("/config/reload");
      assertEquals(200, answer.status());
      assertEquals("OK", answer.text());
      assertEquals("text/plain; charset=utf-8", answer.field("Content-Type"));
      assertEquals("two", gateway.post("/api/chat", "{}").text());
      assertEquals(200, gateway.ask(TestGateway.postOf("/config/reload", "")).status());
      assertEquals(2, gateway.metric("gateway_config_reloads_total{result=\"success\"}"));
      assertEquals(0, gateway.metric("gateway_config_reloads_total{result=\"failure\"}"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[]", "[\"https://x\"]", "[\"http://x\"", "7", "[\"http://x\"], \"x\": 1"})
  void aBrokenFileLeavesTheOldSettings(String addresses) throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("metrics", METRICS).start()) {
      gateway.set("ollamaAddresses", addresses).set("apiKeys", "[\"another\"]");
      Answer answer = gateway.get("/config/reload");
      assertEquals(500, answer.status());
      assertTrue(
          answer.text().startsWith("{\"error\":\"Failed to reload the config file: "),
          answer.text());
      assertFalse(answer.text().contains("another"), answer.text());
      assertTrue(answer.text().matches(".*: line \\d+, column \\d+: .*"), answer.text());
      assertTellsNothingOfTheFile(gateway, answer);
      assertThrows(IOException.class, gateway.process()::reload);
      assertEquals("one", gateway.post("/api/chat", "{}").text());
      assertEquals(2, gateway.metric("gateway_config_reloads_total{result=\"failure\"}"));
      assertEquals(1, gateway.metric("gateway_ollama_servers_total"));
    }
  }

  private static void assertTellsNothingOfTheFile(TestGateway gateway, Answer answer) {
    String folder = String.valueOf(gateway.file().getParent());
    assertFalse(answer.text().contains(folder), answer.text());
    assertFalse(answer.text().contains("config.json"), answer.text());
    assertFalse(answer.text().contains(System.getProperty("user.name")), answer.text());
  }

  @Test
  void aMissingFileLeavesTheOldSettings() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      Files.delete(gateway.file());
      for (String target : new String[] {"/config/reload", "/config/new-key"}) {
        Answer answer = gateway.get(target);
        assertEquals(500, answer.status());
        assertTrue(answer.text().contains("the log says why"), answer.text());
        assertTellsNothingOfTheFile(gateway, answer);
      }
      assertEquals("one", gateway.post("/api/chat", "{}").text());
    }
  }

  @Test
  void anotherGatewayAddressWaitsForARestart() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      gateway.set("gatewayAddress", "\"127.0.0.1:1\"").set("apiKeys", "[\"another\"]");
      gateway.process().reload();
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, "another");
      assertEquals("one", gateway.ask(request).text());
    }
  }

  @Test
  void anotherMetricsEndpointHoldsAtOnceForThePathAndForTheLabels() throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("metrics", METRICS).start()) {
      assertEquals(200, gateway.get("/metrics").status());
      gateway.set("metrics", "{\"enabled\": true, \"endpoint\": \"/numbers\"}");
      gateway.process().reload();
      assertEquals(200, gateway.get("/numbers").status());
      assertEquals("one", gateway.get("/metrics").text());
      gateway.set("metrics", METRICS).process().reload();
      String counter = "gateway_requests_total{endpoint=\"%s\",method=\"GET\",status=\"200\"}";
      gateway.awaitMetric(1, counter.formatted("/numbers"));
      gateway.awaitMetric(1, counter.formatted("other"));
      // Each of these look-ups is one more of these.
      assertTrue(gateway.metric(counter.formatted("/metrics")) >= 1);
    }
  }

  @Test
  void switchingMetricsOnAndOffHoldsAtOnce() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      assertEquals(503, gateway.get("/metrics").status());
      gateway.set("metrics", METRICS).process().reload();
      assertEquals(200, gateway.get("/metrics").status());
      gateway.set("metrics", "{\"enabled\": false}").process().reload();
      assertEquals(503, gateway.get("/metrics").status());
    }
  }

  @Test
  void limitsHoldFromTheNextRequestOn() throws Exception {
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      String request = TestGateway.postOf("/api/chat", "12345");
      assertEquals(200, client.send(request).answer().status());
      gateway.set("limits", "{\"bodyBytes\": 4, \"targetBytes\": 256}").process().reload();
      assertEquals(413, client.send(request).answer().status());
      assertEquals(414, gateway.get("/" + "x".repeat(400)).status());
    }
  }

  @Test
  void theRateLimitKeepsItsCountsWhileItsSettingsStay() throws Exception {
    String limit = "{\"maxRequests\": %d, \"timeWindowSeconds\": 60, \"enabled\": true}";
    try (TestGateway gateway =
        TestGateway.before(one).set("rateLimit", limit.formatted(1)).start()) {
      assertEquals(200, gateway.post("/api/chat", "{}").status());
      assertEquals(429, gateway.post("/api/chat", "{}").status());
      gateway.process().reload();
      assertEquals(429, gateway.post("/api/chat", "{}").status());
      gateway.set("rateLimit", limit.formatted(2)).process().reload();
      assertEquals(200, gateway.post("/api/chat", "{}").status());
    }
  }

  @Test
  void manyReloadsUnderLoadHarmNoRequest() throws Exception {
    try (TestGateway gateway = TestGateway.start(one, two)) {
      CountDownLatch done = new CountDownLatch(1);
      List<Throwable> failures = new ArrayList<>();
      Thread reloader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; done.getCount() > 0; i++) {
                        String[] servers =
                            i % 2 == 0
                                ? new String[] {two.url(), one.url()}
                                : new String[] {one.url()};
                        gateway.set("ollamaAddresses", TestGateway.list(servers));
                        gateway.process().reload();
                      }
                    } catch (IOException | RuntimeException e) {
                      failures.add(e);
                    }
                  });
      try (RawClient client = gateway.connect()) {
        for (int i = 0; i < 500; i++) {
          Answer answer = client.send(TestGateway.postOf("/api/chat", "{}")).answer();
          assertEquals(200, answer.status());
          assertEquals(End.COMPLETE, answer.end());
        }
      } finally {
        done.countDown();
        reloader.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  @Test
  void ofANewKeyOnlyTheDigestIsKeptAndItIsLetInAtOnce() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      String before = Files.readString(gateway.file());
      Answer answer = gateway.get("/config/new-key");
      assertEquals(200, answer.status());
      String key = answer.text();
      assertTrue(key.matches("[A-Za-z0-9_-]{43}"), key);
      String after = Files.readString(gateway.file());
      String digest = ApiKey.ofPlain("key-2", key, false).sha256();
      assertEquals(
          before.replace(ADMIN, ADMIN + ", {\"name\": \"key-2\", \"sha256\": \"" + digest + "\"}"),
          after);
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
      assertEquals("one", gateway.ask(request).text());
      gateway.process().reload();
      assertEquals("one", gateway.ask(request).text());
      // It is no administrator.
      assertEquals(
          403,
          gateway
              .ask(TestGateway.postOf("/config/reload", "").replace(TestGateway.KEY, key))
              .status());
    }
  }

  @Test
  void newKeysDifferAndAllAreKept() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      Set<String> keys = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        assertTrue(keys.add(gateway.get("/config/new-key").text()));
      }
      gateway.process().reload();
      for (String key : keys) {
        String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
        assertEquals(200, gateway.ask(request).status());
      }
    }
  }

  @Test
  void aNewKeyGetsANameThatTheFileHasNotGivenAwaySinceItWasRead() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
      Command.NewKey asked = new Command.NewKey(gateway.file(), Optional.empty(), false);
      assertEquals(0, NewKeyCommand.run(asked, Map.of(), out, out), printed::toString);
      Answer answer = gateway.get("/config/new-key");
      assertEquals(200, answer.status(), answer::text);
      String file = Files.readString(gateway.file());
      assertTrue(file.contains("\"key-2\"") && file.contains("\"key-3\""), file);
      gateway.process().reload();
      assertEquals(3, gateway.process().config().apiKeys().size());
    }
  }

  @Test
  void aStartDeletesTheCopiesThatAKilledGatewayLeft() throws Exception {
    try (TestGateway gateway = TestGateway.before(one).create()) {
      Path left = gateway.file().resolveSibling(".config.json.123.tmp");
      Files.writeString(left, "{\"apiKeys\": [\"sekret\"]}");
      gateway.process().listen();
      assertFalse(Files.exists(left));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"sekret\", \"sekret\", \"b\"]",
        "[\"sekret\", \"sekret==\"]",
        "[\"sekret\", \"sekret\", \"b\", \"b\", \"c\"]",
      })
  void aKeyThatStandsTwiceDoesNotStandInTheWayOfANewOne(String keys) throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("apiKeys", keys).start()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = gateway.get("/config/new-key");
        assertEquals(200, answer.status(), answer::text);
        String request =
            TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, answer.text());
        assertEquals(200, gateway.ask(request).status());
      }
      gateway.process().reload();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"apiKeys\": 7}", "[]", ""})
  void whenTheFileIsBrokenNoKeyIsMinted(String content) throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("metrics", METRICS).start()) {
      Files.writeString(gateway.file(), content);
      Answer answer = gateway.get("/config/new-key");
      assertEquals(500, answer.status());
      assertTrue(answer.text().startsWith("{\"error\":\"Failed to make a key: "), answer.text());
      assertTrue(answer.text().contains("line 1, column "), answer.text());
      assertTellsNothingOfTheFile(gateway, answer);
      assertEquals(content, Files.readString(gateway.file()));
      assertEquals(1, gateway.metric("gateway_apikeys_total"));
    }
  }

  @Test
  void anUnsavedReloadOfTheFileIsNotBroughtInByANewKey() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      gateway.set("ollamaAddresses", TestGateway.list(two.url()));
      String key = gateway.get("/config/new-key").text();
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
      assertEquals("one", gateway.ask(request).text());
      gateway.process().reload();
      assertEquals("two", gateway.ask(request).text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/config/reload", "/config/new-key"})
  void onlyAdministratorsMayAdminister(String path) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one).set("apiKeys", "[" + ADMIN + ", \"plain\"]").start()) {
      String get = "GET " + path + " HTTP/1.1\r\nHost: g\r\n%s\r\n";
      assertEquals(401, gateway.ask(get.formatted("")).status());
      assertEquals(401, gateway.ask(get.formatted("Authorization: no\r\n")).status());
      Answer plain = gateway.ask(get.formatted("Authorization: plain\r\n"));
      assertEquals(403, plain.status());
      assertEquals(
          "{\"error\":\"This API key may not administer the gateway: use one marked admin\"}",
          plain.text());
      assertEquals(200, gateway.ask(get.formatted(TestGateway.AUTH)).status());
      Answer put = gateway.ask(get.formatted(TestGateway.AUTH).replace("GET", "PUT"));
      assertEquals(405, put.status());
      assertEquals("GET, POST", put.field("Allow"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/config/reload", "/config/new-key"})
  void whileNoKeyIsMarkedAdminEveryKeyMay(String path) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one).set("apiKeys", "[\"sekret\", \"other\"]").start()) {
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
