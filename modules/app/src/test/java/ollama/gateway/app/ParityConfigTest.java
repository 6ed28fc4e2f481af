package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FreePorts;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.LoadBalancerConfig;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings that users of the Go gateway have, one test for each, by their effect. */
class ParityConfigTest {

  private static final String METRICS = "{\"enabled\": true}";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @ParameterizedTest
  @ValueSource(strings = {"", "/"})
  void ollamaAddressesMayEndWithASlash(String end) throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream.url() + end).start()) {
      assertEquals(200, gateway.get("/api/tags?x").status());
      assertEquals("/api/tags?x", upstream.next().target());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/base", "/base/"})
  void ollamaAddressesMayHaveABasePath(String base) throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream.url() + base).start()) {
      assertEquals(200, gateway.get("/api/tags?x").status());
      assertEquals("/base/api/tags?x", upstream.next().target());
    }
  }

  @Test
  void ollamaAddressesOfAnotherSchemeAreAClearError() {
    ConfigException error =
        assertThrows(ConfigException.class, () -> TestGateway.before("ftp://127.0.0.1:1").create());
    assertTrue(error.getMessage().contains("starts with http:// or https://"));
    assertTrue(error.getMessage().contains("ollamaAddresses[0]"));
  }

  @Test
  void ollamaAddressesTakeTurns() throws Exception {
    try (FakeUpstream other = FakeUpstream.simple();
        TestGateway gateway = TestGateway.start(upstream, other)) {
      for (int i = 0; i < 6; i++) {
        assertEquals(200, gateway.get("/api/tags").status());
      }
      assertEquals(3, upstream.seen().size());
      assertEquals(3, other.seen().size());
    }
  }

  @Test
  void loadBalancerHealthCheckIntervalInSeconds() throws Exception {
    assertEquals(30, LoadBalancerConfig.defaults().healthCheckIntervalInSeconds());
    try (TestGateway _ =
        TestGateway.before(upstream)
            .set("loadBalancer", "{\"healthCheckIntervalInSeconds\": 1}")
            .start()) {
      long first = upstream.nextCheck();
      long second = upstream.nextCheck();
      double seconds = (second - first) / 1e9;
      // Seen by the server, which may be late for either.
      assertTrue(seconds > 0.5 && seconds < 15, seconds + " s");
    }
  }

  @Test
  void loadBalancerHealthCheckEndpoint() throws Exception {
    try (TestGateway _ =
        TestGateway.before(upstream.url() + "/base")
            .set("loadBalancer", "{\"healthCheckEndpoint\": \"/api/version?x\"}")
            .start()) {
      long _ = upstream.nextCheck();
      assertEquals("/base/api/version?x", upstream.lastCheckTarget());
    }
  }

  @Test
  void loadBalancerHealthCheckTimeoutInMilliseconds() throws Exception {
    upstream.health(FakeUpstream.SILENT);
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("loadBalancer", "{\"healthCheckTimeoutInMilliseconds\": 100}")
            .set("metrics", METRICS)
            .start()) {
      long deadline = System.nanoTime() + 60_000_000_000L;
      String up = "gateway_upstream_up{server=\"" + upstream.url() + "\"}";
      while (gateway.metric(up) == 1) {
        assertTrue(System.nanoTime() < deadline, "it is still up");
      }
    }
  }

  @Test
  void gatewayAddress() throws Exception {
    int port = FreePorts.next();
    try (TestGateway gateway =
        TestGateway.before(upstream).set("gatewayAddress", "\"127.0.0.1:" + port + "\"").start()) {
      assertEquals(port, gateway.address().getPort());
      assertEquals(InetAddress.ofLiteral("127.0.0.1"), gateway.address().getAddress());
      assertEquals(200, gateway.get("/api/tags").status());
    }
  }

  @Test
  void gatewayAddressMayBeANameAndThenAllItsAddressesAreListenedOn() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("gatewayAddress", "\"localhost:0\"").start()) {
      int port = gateway.address().getPort();
      for (InetSocketAddress address : gateway.process().addresses()) {
        assertEquals(port, address.getPort());
        try (RawClient client = new RawClient(address)) {
          assertEquals(200, client.send(TestGateway.postOf("/api/show", "{}")).answer().status());
        }
      }
      assertEquals("localhost:" + port, gateway.process().listening().getFirst().text());
    }
  }

  @Test
  void logging() throws Exception {
    System.Logger access = System.getLogger("ollama.gateway.access");
    try (TestGateway gateway = TestGateway.start(upstream)) {
      assertFalse(access.isLoggable(System.Logger.Level.INFO));
      assertTrue(access.isLoggable(System.Logger.Level.WARNING));
      gateway.set("logging", "true").process().reload();
      assertTrue(access.isLoggable(System.Logger.Level.INFO));
      gateway.set("logging", "false").process().reload();
      assertFalse(access.isLoggable(System.Logger.Level.INFO));
    }
  }

  @Test
  void authHeaderName() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("authHeaderName", "\"X-Key\"").start()) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n%s: sekret\r\n\r\n";
      assertEquals(200, gateway.ask(get.formatted("x-key")).status());
      assertEquals(401, gateway.ask(get.formatted("x-other")).status());
    }
  }

  @Test
  void apiKeys() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("apiKeys", "[\"one\", \"two==\"]").start()) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: %s\r\n\r\n";
      assertEquals(200, gateway.ask(get.formatted("one")).status());
      assertEquals(200, gateway.ask(get.formatted("two==")).status());
      assertEquals(200, gateway.ask(get.formatted("Bearer two")).status());
      assertEquals(401, gateway.ask(get.formatted("three")).status());
    }
  }

  @Test
  void rateLimit() throws Exception {
    String limit = "{\"maxRequests\": 2, \"timeWindowSeconds\": 60, \"enabled\": true}";
    try (TestGateway gateway = TestGateway.before(upstream).set("rateLimit", limit).start()) {
      assertEquals(200, gateway.get("/api/tags").status());
      assertEquals(200, gateway.get("/api/tags").status());
      assertEquals(429, gateway.get("/api/tags").status());
    }
  }

  @Test
  void securityDenyWinsAndAnEmptyAllowListAllowsAll() throws Exception {
    String both = "{\"allowIps\": [\"127.0.0.1\"], \"denyIps\": [\"127.0.0.1\"]}";
    try (TestGateway gateway = TestGateway.before(upstream).set("security", both).start()) {
      assertEquals(403, gateway.get("/api/tags").status());
      gateway.set("security", "{\"allowIps\": [], \"denyIps\": []}").process().reload();
      assertEquals(200, gateway.get("/api/tags").status());
      gateway.set("security", "{\"allowIps\": [\"127.0.0.2\"]}").process().reload();
      assertEquals(403, gateway.get("/api/tags").status());
    }
  }

  @Test
  void metrics() throws Exception {
    String metrics = "{\"enabled\": true, \"endpoint\": \"/numbers\", \"namespace\": \"gw\"}";
    try (TestGateway gateway = TestGateway.before(upstream).set("metrics", metrics).start()) {
      Answer page = gateway.ask("GET /numbers HTTP/1.1\r\nHost: g\r\n\r\n");
      assertEquals(200, page.status());
      assertTrue(page.text().contains("\ngw_ollama_servers_total 1.0\n"), page.text());
    }
  }

  @Test
  void anOldFileWithoutLoadBalancerHasItsDefaults() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("loadBalancer", "null").create()) {
      assertEquals(LoadBalancerConfig.defaults(), gateway.process().config().loadBalancer());
    }
    try (TestGateway _ = TestGateway.start(upstream)) {
      long _ = upstream.nextCheck();
      assertEquals("/", upstream.lastCheckTarget());
    }
  }

  @Test
  void whatTheOldNewKeyWroteMeansTheDefaults() throws Exception {
    String zeros =
        "{\"policy\": \"\", \"healthCheckIntervalInSeconds\": 0, \"healthCheckEndpoint\": \"\","
            + " \"healthCheckTimeoutInMilliseconds\": 0}";
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("loadBalancer", zeros)
            .set("security", "{\"allowIps\": null, \"denyIps\": null}")
            .set("metrics", "{\"enabled\": false, \"endpoint\": \"\", \"namespace\": \"\"}")
            .set("rateLimit", "{\"maxRequests\": 0, \"timeWindowSeconds\": 0, \"enabled\": false}")
            .start()) {
      assertEquals(LoadBalancerConfig.defaults(), gateway.process().config().loadBalancer());
      assertEquals("/metrics", gateway.process().config().metrics().endpoint());
      assertEquals(200, gateway.get("/api/tags").status());
    }
  }

  @Test
  void namesMatchWithoutRegardToCase() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("Metrics", "{\"ENABLED\": true}").start()) {
      assertEquals(200, gateway.get("/metrics").status());
    }
  }

  @Test
  void aReloadThatChangesGatewayAddressKeepsTheOldOne() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      int port = gateway.address().getPort();
      gateway.set("gatewayAddress", "\"127.0.0.1:" + FreePorts.next() + "\"");
      assertEquals("OK", gateway.get("/config/reload").text());
      assertEquals(port, gateway.address().getPort());
      assertEquals(200, gateway.get("/api/tags").status());
    }
  }

  @Test
  void theWriterLeavesVariablesUnexpanded() throws Exception {
    Path folder = Files.createTempDirectory("gateway");
    Path file = folder.resolve("config.json");
    String settings =
        "{\"ollamaAddresses\": [\"${OLLAMA}\"], \"gatewayAddress\": \"127.0.0.1:0\","
            + " \"apiKeys\": [\"${THE_KEY}\"]}";
    Files.writeString(file, settings);
    Map<String, String> environment = Map.of("OLLAMA", upstream.url(), "THE_KEY", TestGateway.KEY);
    try (GatewayProcess process = GatewayProcess.create(file, environment, false)) {
      process.listen();
      try (RawClient client = new RawClient(process.addresses().getFirst())) {
        String get = TestGateway.getOf("/config/new-key");
        String key = client.send(get).answer().text();
        assertEquals(
            settings.replace(
                "\"${THE_KEY}\"", "\"${THE_KEY}\", " + TestGateway.entry("key-2", key, false)),
            Files.readString(file));
      }
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder.resolve("usage.lock"));
      Files.deleteIfExists(folder);
    }
  }
}
