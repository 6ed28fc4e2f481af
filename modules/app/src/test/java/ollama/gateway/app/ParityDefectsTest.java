package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What went wrong with the Go gateway, one test for each, and doesn't here. */
class ParityDefectsTest {

  private static final String METRICS = "{\"enabled\": true}";

  @AutoClose private final FakeUpstream one = FakeUpstream.start(call -> call.respond(200, "one"));

  @AutoClose private final FakeUpstream two = FakeUpstream.start(call -> call.respond(200, "two"));

  @Test
  void withMetricsOnEveryTokenIsForwardedAsItArrives() throws Exception {
    Semaphore clientHas = new Semaphore(0);
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          for (int i = 0; i < 50; i++) {
            call.send(Bytes.chunk("token " + i + "\n"));
            acquire(clientHas);
          }
          call.send(Bytes.LAST_CHUNK);
        });
    try (TestGateway gateway =
            TestGateway.before(one).set("metrics", METRICS).set("logging", "true").start();
        RawClient client = gateway.connect()) {
      Head _ = client.send(TestGateway.postOf("/api/generate", "{}")).head();
      for (int i = 0; i < 50; i++) {
        assertEquals("token " + i + "\n", client.chunk());
        clientHas.release();
      }
      assertEquals("", client.chunk());
      gateway.set("logging", "false").process().reload();
    }
  }

  @Test
  void noHealthyServerIs503WithAnErrorAndRetryAfter() throws Exception {
    one.close();
    try (TestGateway gateway = TestGateway.start(one)) {
      Answer answer = gateway.post("/api/generate", "{}");
      assertEquals(503, answer.status());
      assertTrue(answer.text().startsWith("{\"error\":\"No Ollama server is available"));
      assertEquals("1", answer.field("Retry-After"));
    }
  }

  @Test
  void insteadOfADeadServerAnotherIsTried() throws Exception {
    one.script(Call::reset);
    try (TestGateway gateway = TestGateway.start(one, two)) {
      for (int i = 0; i < 4; i++) {
        assertEquals("two", gateway.post("/api/generate", "{}").text());
      }
    }
  }

  @Test
  void serversCountAsHealthyUntilProvenDead() throws Exception {
    // Checks that never end prove nothing.
    one.health(FakeUpstream.SILENT);
    two.health(FakeUpstream.SILENT);
    try (TestGateway gateway = TestGateway.start(one)) {
      assertEquals("one", gateway.post("/api/generate", "{}").text());
      gateway.set("ollamaAddresses", TestGateway.list(two.url())).process().reload();
      assertEquals("two", gateway.post("/api/generate", "{}").text());
    }
  }

  @Test
  void aReloadKeepsTheOrderOfServers() throws Exception {
    List<FakeUpstream> servers = new ArrayList<>();
    try {
      for (int i = 0; i < 6; i++) {
        String name = "server " + i;
        servers.add(FakeUpstream.start(call -> call.respond(200, name)));
      }
      try (TestGateway gateway = TestGateway.start(servers.toArray(FakeUpstream[]::new))) {
        for (int i = 0; i < 24; i++) {
          assertEquals("server " + i % 6, gateway.post("/api/generate", "{}").text());
          gateway.process().reload();
        }
      }
    } finally {
      for (FakeUpstream server : servers) {
        server.close();
      }
    }
  }

  @Test
  void bearerIsAcceptedWhateverTheHeadersName() throws Exception {
    for (String header : new String[] {"Authorization", "X-Key"}) {
      try (TestGateway gateway =
          TestGateway.before(one).set("authHeaderName", "\"" + header + "\"").start()) {
        for (String value : new String[] {"sekret", "Bearer sekret", "bearer sekret="}) {
          String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + header + ": " + value + "\r\n\r\n";
          assertEquals(200, gateway.ask(get).status());
        }
      }
    }
  }

  /**
   * How long the comparison takes is the key ring's own matter; that only digests are kept, too.
   */
  @Test
  void keysAreComparedAsDigests() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one).set("apiKeys", "[\"plain-in-the-file\"]").start()) {
      ApiKey key = gateway.process().config().apiKeys().getFirst();
      assertEquals(ApiKey.ofText("key-1", "plain-in-the-file"), key);
      assertFalse(key.toString().contains("plain-in-the-file"));
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: %s\r\n\r\n";
      assertEquals(200, gateway.ask(get.formatted("plain-in-the-file")).status());
      // A digest is no key.
      assertEquals(401, gateway.ask(get.formatted(key.sha256())).status());
    }
  }

  @Test
  void ipv6ClientsAreLetIn() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one)
            .set("gatewayAddress", "\"[::1]:0\"")
            .set("security", "{\"allowIps\": [\"::1/128\"]}")
            .start()) {
      assertEquals(200, gateway.get("/api/tags").status());
    }
  }

  @Test
  void theNamespaceOfMetricsIsHonoured() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one)
            .set("metrics", "{\"enabled\": true, \"namespace\": \"ollama_gw\"}")
            .start()) {
      assertEquals(200, gateway.get("/api/tags").status());
      String tags = "{endpoint=\"/api/tags\",method=\"GET\",status=\"200\"}";
      gateway.awaitMetric(1, "ollama_gw_requests_total" + tags);
      String page = gateway.get("/metrics").text();
      assertFalse(page.contains("\ngateway_"), page);
    }
  }

  @Test
  void pathsAreNoLabelValues() throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("metrics", METRICS).start()) {
      for (int i = 0; i < 50; i++) {
        assertEquals(200, gateway.get("/scan-" + i).status());
      }
      String page = gateway.get("/metrics").text();
      assertFalse(page.contains("scan-"), page);
      String other = "gateway_requests_total{endpoint=\"other\",method=\"GET\",status=\"200\"}";
      gateway.awaitMetric(50, other);
    }
  }

  @Test
  void concurrentRequestsDoNotPassOverTheLimit() throws Exception {
    String limit = "{\"maxRequests\": 10, \"timeWindowSeconds\": 60, \"enabled\": true}";
    try (TestGateway gateway = TestGateway.before(one).set("rateLimit", limit).start()) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        clients.add(gateway.connect());
      }
      for (RawClient client : clients) {
        client.send(TestGateway.postOf("/api/generate", "{}"));
      }
      for (RawClient client : clients) {
        Answer _ = client.answer();
        client.close();
      }
      assertEquals(10, one.seen().size());
    }
  }

  @Test
  void whileAKeyIsAddedTheFileIsWholeAtEveryMoment() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      AtomicBoolean running = new AtomicBoolean(true);
      List<String> broken = new ArrayList<>();
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (running.get()) {
                        String content = Files.readString(gateway.file());
                        if (!content.endsWith("}\n") || !content.contains("\"admin\"")) {
                          broken.add(content);
                        }
                      }
                    } catch (IOException e) {
                      broken.add(e.toString());
                    }
                  });
      for (int i = 0; i < 30; i++) {
        assertEquals(200, gateway.get("/config/new-key").status());
      }
      running.set(false);
      reader.join();
      assertEquals(List.of(), broken);
      // All are there, and nothing else was left in the folder.
      assertEquals(31, gateway.process().config().apiKeys().size());
      gateway.process().reload();
      assertEquals(31, gateway.process().config().apiKeys().size());
      try (var files = Files.list(gateway.file().getParent())) {
        assertEquals(
            List.of("config.json", "usage.lock"),
            files.map(each -> each.getFileName().toString()).sorted().toList());
      }
    }
  }

  @Test
  void onlyAdministratorsReloadAndMintKeys() throws Exception {
    String keys = "[" + TestGateway.entry("admin", TestGateway.KEY, true) + ", \"plain\"]";
    try (TestGateway gateway = TestGateway.before(one).set("apiKeys", keys).start()) {
      for (String path : new String[] {"/config/reload", "/config/new-key"}) {
        String get = "GET " + path + " HTTP/1.1\r\nHost: g\r\nAuthorization: %s\r\n\r\n";
        assertEquals(403, gateway.ask(get.formatted("plain")).status());
        assertEquals(200, gateway.ask(get.formatted(TestGateway.KEY)).status());
      }
    }
  }

  @Test
  void theClientsKeyStaysHere() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH;
      assertEquals(200, gateway.ask(get + "X-Api-Key: sekret\r\nCookie: sekret\r\n\r\n").status());
      assertFalse(one.next().head().text().contains("sekret"));
    }
  }

  @Test
  void stoppingDrains() throws Exception {
    Semaphore go = new Semaphore(0);
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
          acquire(go);
          call.send(Bytes.chunk("b") + Bytes.LAST_CHUNK);
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      Head head = client.send(TestGateway.postOf("/api/generate", "{}")).head();
      assertEquals("a", client.chunk());
      Future<Boolean> stop = gateway.stop();
      go.release();
      assertEquals("b", client.body(head, false).text());
      assertTrue(stop.get(20, TimeUnit.SECONDS));
    }
  }

  private static void acquire(Semaphore semaphore) throws IOException {
    try {
      if (!semaphore.tryAcquire(20, TimeUnit.SECONDS)) {
        throw new IOException("the client didn't get its token");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
