package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New settings while the gateway runs. */
class ReloadTest {

  private static final String METRICS = "{\"enabled\": true}";

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
      double retries = gateway.retries("connect");
      gateway.set("ollamaAddresses", TestGateway.list(two.url(), down, one.url()));
      gateway.process().reload();
      assertEquals(0, gateway.up(down));
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(gateway.post("/api/chat", "{}").text());
      }
      List<String> turns = List.of("one", "two", "one", "two", "one", "two", "one");
      int first = answers.getFirst().equals("one") ? 0 : 1;
      assertEquals(turns.subList(first, first + 6), answers);
      assertEquals(retries, gateway.retries("connect"));
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
  @ValueSource(strings = {"[]", "[\"ftp://x\"]", "[\"http://x\"", "7", "[\"http://x\"], \"x\": 1"})
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
      gateway.assertTellsNothingOfItsFile(answer);
      assertThrows(IOException.class, gateway.process()::reload);
      assertEquals("one", gateway.post("/api/chat", "{}").text());
      assertEquals(2, gateway.metric("gateway_config_reloads_total{result=\"failure\"}"));
      assertEquals(1, gateway.metric("gateway_ollama_servers_total"));
    }
  }

  @Test
  void aMissingFileLeavesTheOldSettings() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      Files.delete(gateway.file());
      for (String target : new String[] {"/config/reload", "/config/new-key"}) {
        Answer answer = gateway.get(target);
        assertEquals(500, answer.status());
        assertTrue(answer.text().contains("the log says why"), answer.text());
        gateway.assertTellsNothingOfItsFile(answer);
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
}
