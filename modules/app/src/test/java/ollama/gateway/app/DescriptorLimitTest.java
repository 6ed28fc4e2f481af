package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Out of file descriptors, in a process that has few. */
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason =
        "not checked: a want of file descriptors: only Linux tells and sets their number")
class DescriptorLimitTest {

  private static final int LIMIT = 128;
  private static final int CLIENTS = 100;

  /** Of CPU in a second: far more than rest takes, and less than who spins gets on any machine. */
  private static final long BUSY_MILLIS = 100;

  private static final String PAUSES = "gateway_accept_pauses_total{reason=\"%s\"}";
  private static final String IDLE_CLOSED =
      "gateway_idle_connections_closed_total{reason=\"descriptors\"}";
  private static final String GET_METRICS = "GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n";

  /** Lets streams end. */
  private final CountDownLatch go = new CountDownLatch(1);

  @Test
  void whoHasNoDescriptorLeftIsToldAndProbesAreAnswered() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    List<RawClient> streaming = new ArrayList<>();
    List<Head> heads = new ArrayList<>();
    try (FakeUpstream upstream = FakeUpstream.start(this::streamOrAnswer);
        ChildGateway gateway = ChildGateway.start(plan(upstream), "ulimit -n " + LIMIT);
        RawClient idle = gateway.connect()) {
      assertEquals(0, metric(idle, PAUSES.formatted("descriptors")));
      gateway.logOnceItHas("connections at once: this process may open " + LIMIT);
      for (int i = 0; i < CLIENTS; i++) {
        RawClient client = gateway.connect().send(TestGateway.postOf("/api/chat", "{}"));
        clients.add(client);
        Head head = client.head();
        if (head.status() == 200) {
          heads.add(head);
          streaming.add(client);
        } else {
          assertEquals(503, head.status());
          assertEquals(
              "{\"error\":\"Too many connections are open\"}", client.body(head, false).text());
        }
      }
      int streams = streaming.size();
      assertTrue(streams > 15 && streams < LIMIT / 2, streams + " streams");
      assertEquals(End.CLOSED, idle.end());
      // All of them are with the server, and there is still room for files, checks and the like.
      long open = gateway.openDescriptors();
      assertTrue(open > 2L * streams && open <= LIMIT - 24, open + " are open");
      long busy = gateway.quietestSecondMillis(BUSY_MILLIS);
      assertTrue(busy <= BUSY_MILLIS, busy + " ms of CPU in a second");
      // Each on a connection of its own, which has one of the places that are kept for that.
      assertEquals(streams + 1, metric(gateway, "gateway_client_connections"));
      assertTrue(metric(gateway, IDLE_CLOSED) >= 1);
      assertEquals(
          CLIENTS - streams,
          metric(gateway, "gateway_http_rejected_total{reason=\"connections\"}"));
      gateway.logOnceItHas("the connection idle longest was closed for a new one: ");

      go.countDown();
      for (int i = 0; i < streams; i++) {
        assertEquals("a", streaming.get(i).body(heads.get(i), false).text());
      }
      try (RawClient late = gateway.connect()) {
        assertEquals(200, late.send(TestGateway.postOf("/api/pull", "{}")).answer().status());
      }
    } finally {
      go.countDown();
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void withoutAnyDescriptorNoServerIsBlamed() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.start(this::streamOrAnswer);
        ChildGateway gateway = ChildGateway.start(plan(upstream), ":");
        RawClient kept = gateway.connect()) {
      // Not repeatable, so it always goes on a new connection.
      String pull = TestGateway.postOf("/api/pull", "{}");
      assertEquals(200, kept.send(pull).answer().status());
      String up = "gateway_upstream_up{server=\"" + upstream.url() + "\"}";
      assertEquals(1, metric(kept, up));

      gateway.limitDescriptors(4);
      Answer refused = kept.send(pull).answer();
      assertEquals(503, refused.status());
      assertEquals("{\"error\":\"The gateway is out of file descriptors\"}", refused.text());
      assertEquals("1", refused.field("Retry-After"));
      assertEquals(1, metric(kept, up));
      assertEquals(1, metric(kept, "gateway_http_rejected_total{reason=\"descriptors\"}"));
      try (RawClient waiting = gateway.connect()) {
        waiting.send(pull);
        await(kept, PAUSES.formatted("failure"), 1);
        long busy = gateway.quietestSecondMillis(BUSY_MILLIS);
        assertTrue(busy <= BUSY_MILLIS, busy + " ms of CPU in a second");
        assertEquals(1, metric(kept, PAUSES.formatted("failure")));
        // A check of its health was due meanwhile.
        assertEquals(1, metric(kept, up));

        gateway.limitDescriptors(1024);
        assertEquals(200, waiting.answer().status());
      }
      assertEquals(200, kept.send(pull).answer().status());
      gateway.logOnceItHas("The gateway is out of file descriptors");
      String log = gateway.logOnceItHas("accepting connections failed and pauses");
      assertFalse(log.contains("is down"), log);
    }
  }

  private void streamOrAnswer(Call call) throws IOException {
    String _ = call.readBody();
    if (call.target().equals("/api/pull")) {
      call.respond(200, "{}");
      return;
    }
    call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    try {
      if (!go.await(120, TimeUnit.SECONDS)) {
        throw new IOException("nobody said go");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    call.send(Bytes.chunk("a") + Bytes.LAST_CHUNK);
  }

  private static TestGateway.Plan plan(FakeUpstream upstream) {
    return TestGateway.before(upstream)
        .set("metrics", "{\"enabled\": true}")
        .set("loadBalancer", "{\"healthCheckIntervalInSeconds\": 1}");
  }

  private static double metric(RawClient client, String lineStart) throws IOException {
    return TestGateway.metric(client.send(GET_METRICS).answer(), lineStart);
  }

  private static double metric(ChildGateway gateway, String lineStart) throws IOException {
    try (RawClient client = gateway.connect()) {
      return metric(client, lineStart);
    }
  }

  private static void await(RawClient client, String lineStart, double least) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (metric(client, lineStart) < least) {
      assertTrue(System.nanoTime() - deadline < 0, lineStart);
    }
  }
}
