package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a limit refuses is counted under the limit's name. */
class RefusalsTest {

  private static final String REJECTED = "gateway_http_rejected_total{reason=\"%s\"}";
  private static final String GET = "GET /%s HTTP/1.1\r\nHost: g\r\n%s\r\n";

  /** More than may wait for the one that administers. */
  private static final int ADMINISTRATORS = 80;

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void headsAndFieldsAndTargets() throws Exception {
    try (TestGateway gateway =
        with("{\"headBytes\": 1024, \"fields\": 10, \"targetBytes\": 256}")) {
      assertRefused(gateway, GET.formatted("", "X: " + "x".repeat(1024) + "\r\n"), 431);
      assertRefused(gateway, GET.formatted("", "X: 1\r\n".repeat(10)), 431);
      assertRefused(gateway, GET.formatted("x".repeat(256), ""), 414);
      gateway.awaitMetric(1, REJECTED.formatted("head_too_large"));
      gateway.awaitMetric(1, REJECTED.formatted("too_many_fields"));
      gateway.awaitMetric(1, REJECTED.formatted("target_too_long"));
    }
  }

  @Test
  void bodiesOfADeclaredLengthAndInChunks() throws Exception {
    try (TestGateway gateway = with("{\"bodyBytes\": 4}")) {
      assertRefused(gateway, TestGateway.postOf("/api/chat", "12345"), 413);
      gateway.awaitMetric(1, REJECTED.formatted("body_too_large"));
      String head = "POST /api/chat HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH;
      String chunked = "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n";
      assertRefused(gateway, head + chunked, 413);
      gateway.awaitMetric(2, REJECTED.formatted("body_too_large"));
    }
  }

  @Test
  void answersOfServers() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    try (FakeUpstream broken =
            FakeUpstream.start(
                call -> call.send(head + (call.target().endsWith("body") ? "\r\nx" : "\rx")));
        TestGateway gateway =
            TestGateway.before(broken).set("metrics", "{\"enabled\": true}").start()) {
      String counted = "gateway_upstream_rejected_total{reason=\"%s\"}";
      assertRefused(gateway, TestGateway.postOf("/api/chat?head", "{}"), 502);
      gateway.awaitMetric(1, counted.formatted("bare_cr"));
      assertRefused(gateway, TestGateway.postOf("/api/chat?body", "{}"), 502);
      gateway.awaitMetric(1, counted.formatted("chunk_size"));
    }
  }

  @Test
  void connectionsOfOneAddress() throws Exception {
    try (TestGateway gateway = with("{\"connectionsPerAddress\": 2}");
        RawClient _ = gateway.connect();
        RawClient one = RawClient.from("127.0.0.2", gateway.address());
        RawClient two = RawClient.from("127.0.0.2", gateway.address());
        RawClient three = RawClient.from("127.0.0.2", gateway.address())) {
      assertEquals(200, one.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
      assertEquals(200, two.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
      assertEquals(503, three.answer().status());
      gateway.awaitMetric(1, REJECTED.formatted("connections_per_address"));
    }
  }

  @Test
  void connectionsInAll() throws Exception {
    try (TestGateway gateway = with("{\"connections\": 2}")) {
      String closed = "gateway_idle_connections_closed_total{reason=\"connections\"}";
      try (RawClient one = gateway.connect();
          RawClient two = gateway.connect()) {
        assertEquals(200, one.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        assertEquals(200, two.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        gateway.awaitMetric(1, closed);
      }
    }
  }

  /** Nobody reloads while the test has the process's monitor. */
  @Test
  void administrationThatWaits() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (TestGateway gateway = with("{}")) {
      // One is at work, and 64 wait for it.
      int refused = ADMINISTRATORS - 65;
      synchronized (gateway.process()) {
        for (int i = 0; i < ADMINISTRATORS; i++) {
          String reload = GET.formatted("config/reload", TestGateway.AUTH);
          clients.add(gateway.connect().send(reload));
        }
        awaitAnswers(clients, refused);
        // Scrapes don't wait for it.
        gateway.awaitMetric(refused, REJECTED.formatted("administration"));
      }
      int refusals = 0;
      for (RawClient client : clients) {
        Answer answer = client.answer();
        if (answer.status() == 503) {
          refusals++;
          assertEquals("1", answer.field("Retry-After"));
          assertTrue(answer.text().contains("Too much administration at once"), answer.text());
        }
      }
      assertEquals(refused, refusals);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  private static void awaitAnswers(List<RawClient> clients, int count) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    int answered = 0;
    while (answered < count) {
      assertTrue(System.nanoTime() - deadline < 0, answered + " answers");
      answered = 0;
      for (RawClient client : clients) {
        answered += client.socket().getInputStream().available() > 0 ? 1 : 0;
      }
    }
  }

  private static void assertRefused(TestGateway gateway, String request, int status)
      throws IOException {
    assertEquals(status, gateway.ask(request).status());
  }

  private TestGateway with(String limits) throws Exception {
    return TestGateway.before(upstream)
        .set("limits", limits)
        .set("metrics", "{\"enabled\": true}")
        .start();
  }
}
