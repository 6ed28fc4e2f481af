package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The limits of heads and connections, from the settings to what clients see. */
class LimitsTest {

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void headBytes() throws Exception {
    try (TestGateway gateway = with("{\"headBytes\": 1024}")) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "X: %s\r\n\r\n";
      int rest = 1024 - get.formatted("").length();
      assertEquals(200, gateway.ask(get.formatted("x".repeat(rest))).status());
      assertRefused(gateway, get.formatted("x".repeat(rest + 1)), 431, "head too large");
    }
  }

  @Test
  void fields() throws Exception {
    try (TestGateway gateway = with("{\"fields\": 10}")) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "%s\r\n";
      assertEquals(200, gateway.ask(get.formatted("X: 1\r\n".repeat(8))).status());
      assertRefused(gateway, get.formatted("X: 1\r\n".repeat(9)), 431, "too many field lines");
    }
  }

  @Test
  void targetBytes() throws Exception {
    try (TestGateway gateway = with("{\"targetBytes\": 256}")) {
      assertEquals(200, gateway.get("/" + "x".repeat(255)).status());
      String get = "GET /" + "x".repeat(256) + " HTTP/1.1\r\nHost: g\r\n\r\n";
      assertRefused(gateway, get, 414, "request target too long");
    }
  }

  @Test
  void connectionsPerAddress() throws Exception {
    try (TestGateway gateway = with("{\"connectionsPerAddress\": 2}");
        RawClient first = gateway.connect();
        RawClient second = gateway.connect()) {
      String request = TestGateway.postOf("/api/chat", "{}");
      assertEquals(200, first.send(request).answer().status());
      assertEquals(200, second.send(request).answer().status());
      try (RawClient third = gateway.connect()) {
        Answer refused = third.answer();
        assertEquals(503, refused.status());
        assertEquals("{\"error\":\"too many connections from this address\"}", refused.text());
        assertEquals("1", refused.field("Retry-After"));
        assertEquals("close", refused.field("Connection"));
      }
      try (RawClient elsewhere = RawClient.from("127.0.0.2", gateway.address())) {
        assertEquals(200, elsewhere.send(request).answer().status());
      }
      assertEquals(200, first.send(request).answer().status());
    }
  }

  @Test
  void connections() throws Exception {
    try (TestGateway gateway = with("{\"connections\": 2}");
        RawClient first = gateway.connect();
        RawClient second = gateway.connect()) {
      String request = TestGateway.postOf("/api/chat", "{}");
      assertEquals(200, first.send(request).answer().status());
      // A client may have its answer before its connection counts as idle: so the other goes on for
      // longer than that takes.
      long later = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
      while (System.nanoTime() < later) {
        assertEquals(200, second.send(request).answer().status());
      }
      try (RawClient third = gateway.connect()) {
        // The first, idle for longest, gives way.
        assertEquals(200, third.send(request).answer().status());
        assertEquals(End.CLOSED, first.end());
        assertEquals(200, second.send(request).answer().status());
      }
    }
  }

  @Test
  void reservedConnections() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    upstream.script(
        call -> {
          String _ = call.readBody();
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          call.respond(200, "{}");
        });
    String request = TestGateway.postOf("/api/chat", "{}");
    try (TestGateway gateway =
            TestGateway.before(upstream)
                .set("limits", "{\"connections\": 1, \"reservedConnections\": 3}")
                .set("metrics", "{\"enabled\": true}")
                .start();
        RawClient busy = gateway.connect()) {
      busy.send(request);
      Call _ = upstream.next();
      for (String own : new String[] {"/gateway/live", "/gateway/ready", "/config/reload"}) {
        Answer answer = gateway.get(own);
        assertEquals(200, answer.status(), own);
        assertEquals("close", answer.field("Connection"));
      }
      for (int i = 0; i < 10; i++) {
        Answer refused = gateway.post("/api/chat", "{}");
        assertEquals(503, refused.status());
        assertEquals("{\"error\":\"Too many connections are open\"}", refused.text());
        assertEquals("1", refused.field("Retry-After"));
        assertEquals("close", refused.field("Connection"));
      }
      assertEquals(503, gateway.get("/").status());
      assertEquals(11, gateway.metric("gateway_http_rejected_total{reason=\"connections\"}"));
      over.countDown();
      assertEquals(200, busy.answer().status());
      // A client may have its answer before its connection counts as idle.
      while (gateway.post("/api/chat", "{}").status() == 503) {
        Thread.onSpinWait();
      }
      gateway.awaitMetric(1, "gateway_idle_connections_closed_total{reason=\"connections\"}");
    } finally {
      over.countDown();
    }
  }

  private static void assertRefused(TestGateway gateway, String request, int status, String why)
      throws IOException {
    try (RawClient client = gateway.connect()) {
      Answer answer = client.send(request).answer();
      assertEquals(status, answer.status());
      assertEquals("{\"error\":\"" + why + "\"}", answer.text());
      assertEquals("close", answer.field("Connection"));
      End end = client.end();
      assertTrue(end == End.CLOSED || end == End.RESET);
    }
  }

  private TestGateway with(String limits) throws Exception {
    return TestGateway.before(upstream).set("limits", limits).start();
  }
}
