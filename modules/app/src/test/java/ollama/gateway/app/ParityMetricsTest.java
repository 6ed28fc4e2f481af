package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The numbers that users of the Go gateway have dashboards for, and those that came later. */
class ParityMetricsTest {

  private FakeUpstream upstream;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    upstream = FakeUpstream.simple();
    gateway =
        TestGateway.before(upstream)
            .set("metrics", "{\"enabled\": true}")
            .set("apiKeys", "[\"sekret\", \"other\"]")
            .start();
  }

  @AfterEach
  void close() throws IOException {
    gateway.close();
    upstream.close();
  }

  @Test
  void requestsTotal() throws Exception {
    assertEquals(200, gateway.post("/api/chat", "{}").status());
    assertEquals(200, gateway.post("/api/chat", "{}").status());
    upstream.script(call -> call.respond(404, "{}"));
    assertEquals(404, gateway.post("/api/chat", "{}").status());
    awaitCount(1, "/api/chat", "POST", "404");
    awaitCount(2, "/api/chat", "POST", "200");
  }

  @Test
  void requestsDurationSeconds() throws Exception {
    assertEquals(200, gateway.get("/api/tags").status());
    String labels = "{endpoint=\"/api/tags\",method=\"GET\"";
    gateway.awaitMetric(1, "gateway_requests_duration_seconds_count" + labels + "}");
    gateway.awaitMetric(1, "gateway_requests_duration_seconds_bucket" + labels + ",le=\"+Inf\"}");
    double sum = gateway.metric("gateway_requests_duration_seconds_sum" + labels + "}");
    assertTrue(sum > 0 && sum < 20, sum + " s");
    assertTrue(page().contains("# TYPE gateway_requests_duration_seconds histogram\n"));
  }

  @Test
  void requestsByIpTotal() throws Exception {
    assertEquals(200, gateway.get("/api/tags").status());
    try (RawClient client = RawClient.from("127.0.0.2", gateway.address())) {
      assertEquals(200, client.send(TestGateway.postOf("/api/show", "{}")).answer().status());
    }
    String line = "gateway_requests_by_ip_total{endpoint=\"%s\",ip=\"%s\",status=\"200\"}";
    gateway.awaitMetric(1, line.formatted("/api/tags", "127.0.0.1"));
    gateway.awaitMetric(1, line.formatted("/api/show", "127.0.0.2"));
  }

  @Test
  void requestsSuccessTotalAndFailureTotal() throws Exception {
    for (int status : new int[] {200, 201, 204, 301, 404, 500}) {
      upstream.script(
          call -> {
            String _ = call.readBody();
            call.send(
                "HTTP/1.1 " + status + " X\r\n" + (status == 204 ? "" : "Content-Length: 0\r\n"));
            call.send("\r\n");
          });
      assertEquals(status, gateway.post("/api/show", "{}").status());
    }
    String labels = "{endpoint=\"/api/show\",method=\"POST\"}";
    gateway.awaitMetric(3, "gateway_requests_success_total" + labels);
    gateway.awaitMetric(3, "gateway_requests_failure_total" + labels);
  }

  @Test
  void apikeysTotalUnderBothNames() throws Exception {
    assertEquals(2, gateway.metric("gateway_apikeys_total"));
    assertEquals(2, gateway.metric("gateway_api_keys_total"));
    assertEquals(200, gateway.get("/config/new-key").status());
    assertEquals(3, gateway.metric("gateway_apikeys_total"));
    assertEquals(3, gateway.metric("gateway_api_keys_total"));
    assertTrue(page().contains("# TYPE gateway_apikeys_total gauge\n"));
  }

  @Test
  void ollamaServersTotal() throws Exception {
    assertEquals(1, gateway.metric("gateway_ollama_servers_total"));
    gateway.set("ollamaAddresses", TestGateway.list(upstream.url(), "http://127.0.0.1:1"));
    gateway.process().reload();
    assertEquals(2, gateway.metric("gateway_ollama_servers_total"));
  }

  @Test
  void refusedRequestsAreCountedAsWell() throws Exception {
    assertEquals(401, gateway.ask("GET /api/tags HTTP/1.1\r\nHost: g\r\n\r\n").status());
    awaitCount(1, "/api/tags", "GET", "401");
    gateway
        .set("rateLimit", "{\"maxRequests\": 1, \"timeWindowSeconds\": 60, \"enabled\": true}")
        .process()
        .reload();
    assertEquals(200, gateway.get("/api/ps").status());
    assertEquals(429, gateway.get("/api/ps").status());
    awaitCount(1, "/api/ps", "GET", "429");
    gateway.set("security", "{\"denyIps\": [\"127.0.0.2\"]}").process().reload();
    try (RawClient client = RawClient.from("127.0.0.2", gateway.address())) {
      assertEquals(403, client.send(TestGateway.postOf("/api/copy", "{}")).answer().status());
    }
    awaitCount(1, "/api/copy", "POST", "403");
  }

  @Test
  void aClientThatLeftIsCountedAs499AndItsServerIsNotBlamed() throws Exception {
    upstream.script(
        call -> {
          String _ = call.readBody();
          long _ = call.awaitEnd();
        });
    try (RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/generate", "{}"));
      ollama.gateway.app.testing.Call _ = upstream.next();
    }
    awaitCount(1, "/api/generate", "POST", "499");
    assertEquals(1, gateway.up(upstream.url()));
    assertEquals(0, gateway.retries("no_response"));
  }

  @Test
  void anAnswerThatBrokeOffIsCountedAs502() throws Exception {
    upstream.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
          call.close();
        });
    assertEquals(200, gateway.post("/api/generate", "{}").status());
    awaitCount(1, "/api/generate", "POST", "502");
    assertEquals(0, count("requests_total", "/api/generate", "POST", "200"));
  }

  @Test
  void whatBrokeARuleIsCountedByTheRulesName() throws Exception {
    assertEquals(400, gateway.ask("GET /x HTTP/1.1\r\n\r\n").status());
    String both =
        "POST /x HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n";
    assertEquals(400, gateway.ask(both + "\r\n").status());
    gateway.awaitMetric(1, "gateway_http_rejected_total{reason=\"host_missing\"}");
    gateway.awaitMetric(1, "gateway_http_rejected_total{reason=\"length_with_coding\"}");
    String chunked = both.replace("Content-Length: 0", TestGateway.AUTH.strip());
    assertEquals(400, gateway.ask(chunked + "\r\nzz\r\n").status());
    gateway.awaitMetric(1, "gateway_http_rejected_total{reason=\"chunk_size\"}");
  }

  @Test
  void aScannerMakesNoSeriesOfItsOwn() throws Exception {
    assertEquals(200, gateway.get("/warm-up").status());
    Set<String> before = series();
    for (int i = 0; i < 200; i++) {
      gateway.get("/scan/" + i + "?x=" + i);
      gateway.get("/v1/models/scanned" + i);
      gateway.get("/api/blobs/sha256:" + i);
      gateway.ask("SCAN" + i + " /scan HTTP/1.1\r\nHost: g\r\n\r\n");
    }
    String page = page();
    assertFalse(page.contains("/scan"), page);
    assertFalse(page.contains("scanned"), page);
    assertFalse(page.contains("SCAN"), page);
    assertTrue(page.contains("endpoint=\"/v1/models/:model\""), page);
    assertTrue(page.contains("endpoint=\"/api/blobs/:digest\""), page);
    assertTrue(page.contains("method=\"OTHER\""), page);
    int grown = series().size() - before.size();
    assertTrue(grown < 120, grown + " new series");
  }

  @Test
  void requestsInFlightAndClientConnections() throws Exception {
    upstream.script(
        call -> {
          String _ = call.readBody();
          long _ = call.awaitEnd();
        });
    try (RawClient one = gateway.connect();
        RawClient two = gateway.connect()) {
      for (RawClient client : new RawClient[] {one, two}) {
        client.send(TestGateway.postOf("/api/generate", "{}"));
        ollama.gateway.app.testing.Call _ = upstream.next();
      }
      String with = "gateway_upstream_requests_in_flight{server=\"" + upstream.url() + "\"}";
      assertEquals(2, gateway.metric(with));
      // The one that asks is there too.
      gateway.awaitMetric(3, "gateway_requests_in_flight");
      gateway.awaitMetric(3, "gateway_client_connections");
    }
  }

  private double count(String name, String endpoint, String method, String status)
      throws IOException {
    return gateway.metric(
        "gateway_%s{endpoint=\"%s\",method=\"%s\",status=\"%s\"}"
            .formatted(name, endpoint, method, status));
  }

  private void awaitCount(int count, String endpoint, String method, String status)
      throws IOException {
    gateway.awaitMetric(
        count,
        "gateway_requests_total{endpoint=\"%s\",method=\"%s\",status=\"%s\"}"
            .formatted(endpoint, method, status));
  }

  private String page() throws IOException {
    return gateway.get("/metrics").text();
  }

  private Set<String> series() throws IOException {
    Set<String> series = new TreeSet<>();
    page()
        .lines()
        .filter(l -> !l.startsWith("#"))
        .forEach(l -> series.add(l.replaceAll(" .*", "")));
    return series;
  }
}
