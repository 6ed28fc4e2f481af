package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FakeUpstream.Script;
import ollama.gateway.app.testing.NumberedStreams;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.app.testing.UpstreamMain;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Servers that take requests and say nothing: one that hangs is found out and left, one that loads
 * a model is waited for.
 */
class SilentServerTest {

  private static final int REQUESTS = 20;
  private static final Script SILENT =
      call -> {
        String _ = call.readBody();
        long _ = call.awaitEnd();
      };

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @Test
  void requestsLeaveAServerThatHangsAndItIsMarkedDown() throws Exception {
    try (TestGateway gateway = plan(one.url(), two.url()).startChecked(one, two)) {
      hang(one);
      long begin = System.nanoTime();
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < REQUESTS; i++) {
        clients.add(gateway.connect().send(TestGateway.postOf("/api/chat", "{\"n\":" + i + "}")));
      }
      for (RawClient client : clients) {
        assertEquals("{\"by\":\"two\"}", client.answer().text());
        client.close();
      }
      assertWithin(10, begin);
      assertEquals(0, gateway.up(one.url()));
      assertEquals(REQUESTS / 2, gateway.retries("silent"));
      // Those that are moved carry what they carried.
      List<String> bodies = two.seen().stream().map(Call::body).sorted().distinct().toList();
      assertEquals(REQUESTS, bodies.size());
      for (int i = 0; i < 4; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/chat", "{}").text());
      }
      assertEquals(REQUESTS / 2, one.seen().size());
    }
  }

  @Test
  void aSilentServerThatAnswersItsChecksKeepsItsRequests() throws Exception {
    CountDownLatch loaded = new CountDownLatch(1);
    Script loading =
        call -> {
          String _ = call.readBody();
          call.await(loaded);
          call.respond(200, "{\"loaded\":1}");
        };
    one.script(loading);
    two.script(loading);
    try (TestGateway gateway = plan(one.url(), two.url()).startChecked(one, two);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{}"));
      FakeUpstream asked = awaitSeen();
      asked.forgetChecks();
      // The usual ones are far apart: these are because of the silence.
      for (int i = 0; i < 2; i++) {
        long _ = asked.nextCheck();
      }
      loaded.countDown();
      assertEquals("{\"loaded\":1}", client.answer().text());
      assertEquals(1, one.seen().size() + two.seen().size());
      assertEquals(1, gateway.up(one.url()) * gateway.up(two.url()));
    }
  }

  @Test
  void aRequestStaysWithAServerThatHangsWhenThereIsNoOther() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (TestGateway gateway = plan(one.url()).startChecked(one);
        RawClient client = gateway.connect()) {
      one.script(
          call -> {
            String _ = call.readBody();
            call.await(goOn);
            call.respond(200, "{\"late\":1}");
          });
      one.health(FakeUpstream.SILENT);
      client.send(TestGateway.postOf("/api/chat", "{}"));
      gateway.awaitUp(0, one.url());
      goOn.countDown();
      assertEquals("{\"late\":1}", client.answer().text());
      assertEquals(1, one.seen().size());
      assertEquals(1, gateway.up(one.url()));
    }
  }

  @Test
  void aRequestThatMayNotBeRepeatedStaysWithAServerThatHangs() throws Exception {
    try (TestGateway gateway = plan(one.url(), two.url()).startChecked(one, two);
        RawClient pull = gateway.connect();
        RawClient other = gateway.connect()) {
      hang(one);
      hang(two);
      pull.send(TestGateway.postOf("/api/pull", "{}"));
      FakeUpstream asked = awaitSeen();
      FakeUpstream free = asked == one ? two : one;
      free.script(call -> call.respond(200, "{}"));
      free.health(200);
      gateway.awaitUp(0, asked.url());
      other.send(TestGateway.postOf("/api/chat", "{}"));
      assertEquals("{}", other.answer().text());
      assertEquals(1, asked.seen().size());
      assertEquals(
          List.of("/api/chat"), free.seen().stream().map(Call::target).distinct().toList());
    }
  }

  @Test
  void aRequestLeavesAServerThatDoesNotEvenTakeItsBody() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    int bytes = 24 << 20;
    try (TestGateway gateway =
            plan(one.url(), two.url())
                .set("limits", "{\"replayBytes\": 33554432}")
                .startChecked(one, two);
        RawClient client = gateway.connect()) {
      one.script(call -> call.await(never));
      one.health(FakeUpstream.SILENT);
      two.script(call -> call.respond(200, "{\"bytes\":" + call.readBody().length() + "}"));
      long begin = System.nanoTime();
      for (int i = 0; i < 2; i++) {
        client.send(TestGateway.postOf("/api/chat", "x".repeat(bytes)));
        assertEquals("{\"bytes\":" + bytes + "}", client.answer().text());
      }
      // It would end by itself, but not so soon.
      assertWithin(15, begin);
      assertEquals(0, gateway.up(one.url()));
      never.countDown();
    }
  }

  @Test
  void aServerThatIsStoppedIsFoundOutAndUsedAgainWhenItGoesOn() throws Exception {
    try (UpstreamMain stopped = UpstreamMain.start();
        UpstreamMain other = UpstreamMain.start();
        TestGateway gateway = plan(stopped.url(), other.url()).start()) {
      try (NumberedStreams before = new NumberedStreams(gateway.address(), 2, 2)) {
        assertEquals(2, before.await().whole());
      }
      stopped.stop();
      long begin = System.nanoTime();
      try (NumberedStreams streams = new NumberedStreams(gateway.address(), REQUESTS, 5)) {
        assertEquals(REQUESTS, streams.await().whole());
      }
      assertWithin(15, begin);
      assertEquals(0, gateway.up(stopped.url()));
      stopped.goOn();
      gateway.awaitUp(1, stopped.url());
    }
  }

  private static void hang(FakeUpstream server) {
    server.script(SILENT);
    server.health(FakeUpstream.SILENT);
  }

  private static TestGateway.Plan plan(String... urls) {
    return TestGateway.before(urls)
        .set("metrics", "{\"enabled\": true}")
        .set(
            "loadBalancer",
            "{\"checkAfterSilenceMillis\": 300, \"healthCheckTimeoutInMilliseconds\": 1000}");
  }

  /** Which of both got the first request. */
  private FakeUpstream awaitSeen() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (one.seen().isEmpty() && two.seen().isEmpty()) {
      assertTrue(System.nanoTime() - deadline < 0, "no request came");
      Thread.onSpinWait();
    }
    return one.seen().isEmpty() ? two : one;
  }

  /** The silence, the check's time and much more than a busy machine needs. */
  private static void assertWithin(int seconds, long begin) {
    double lasted = (System.nanoTime() - begin) / 1e9;
    assertTrue(lasted < seconds, lasted + " s");
  }
}
