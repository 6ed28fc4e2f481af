package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What SIGTERM and ctrl-C do: running answers end, nothing new begins. */
class DrainTest {

  private final CountDownLatch go = new CountDownLatch(1);
  @AutoClose private final FakeUpstream upstream = FakeUpstream.start(this::play);

  @Test
  void runningAnswersEndIdleConnectionsCloseAndNobodyElseGetsIn() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient streaming = gateway.connect();
        RawClient waiting = gateway.connect();
        RawClient idle = gateway.connect();
        RawClient fresh = gateway.connect()) {
      assertEquals(200, idle.send(TestGateway.getOf("/api/tags")).answer().status());
      Head head = streaming.send(TestGateway.postOf("/api/chat", "{}")).head();
      assertEquals("a", streaming.chunk());
      waiting.send(TestGateway.postOf("/api/generate", "{}"));
      upstream.awaitSeen(3);
      Future<Boolean> stop = gateway.stop();
      assertEquals(End.CLOSED, idle.end());
      assertEquals(End.CLOSED, fresh.end());
      assertThrows(ConnectException.class, gateway::connect);
      go.countDown();
      assertEquals("b", streaming.body(head, false).text());
      assertEquals(End.CLOSED, streaming.end());
      assertEquals("{\"late\":1}", waiting.answer().text());
      assertEquals(End.CLOSED, waiting.end());
      assertTrue(stop.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void aRequestOfWhichAPartHasComeIsStillAnswered() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient idle = gateway.connect();
        RawClient half = gateway.connect()) {
      String request = TestGateway.getOf("/api/tags");
      assertEquals(200, idle.send(request).answer().status());
      // Sent at once with a whole one, so that the part has come when that is answered.
      assertEquals(200, half.send(request + request.substring(0, 20)).answer().status());
      Future<Boolean> stop = gateway.stop();
      assertEquals(End.CLOSED, idle.end());
      half.send(request.substring(20));
      Answer answer = half.answer();
      assertEquals(200, answer.status());
      assertEquals("close", answer.field("Connection"));
      assertEquals(End.CLOSED, half.end());
      assertTrue(stop.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void whatDoesNotEndInTimeIsCut() throws Exception {
    try (TestGateway gateway =
            TestGateway.before(upstream).set("timeouts", "{\"drainSeconds\": 1}").start();
        RawClient streaming = gateway.connect()) {
      Head head = streaming.send(TestGateway.postOf("/api/chat", "{}")).head();
      assertEquals("a", streaming.chunk());
      long begin = System.nanoTime();
      Future<Boolean> stop = gateway.stop();
      Answer answer = streaming.body(head, false);
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      assertTrue(System.nanoTime() - begin > 900_000_000L);
      assertTrue(stop.get(20, TimeUnit.SECONDS));
      go.countDown();
    }
  }

  @Test
  void closingCutsAtOnce() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient streaming = gateway.connect()) {
      Head head = streaming.send(TestGateway.postOf("/api/chat", "{}")).head();
      assertEquals("a", streaming.chunk());
      gateway.process().close();
      Answer answer = streaming.body(head, false);
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      assertThrows(ConnectException.class, gateway::connect);
      assertEquals(1, upstream.seen().size());
      go.countDown();
    }
  }

  @Test
  void closingTriesNoOtherServer() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    upstream.script(
        call -> {
          String _ = call.readBody();
          long _ = call.awaitEnd();
          ended.countDown();
        });
    try (FakeUpstream other = FakeUpstream.simple();
        TestGateway gateway = TestGateway.start(upstream, other);
        RawClient waiting = gateway.connect()) {
      waiting.send(TestGateway.postOf("/api/generate", "{}"));
      Call _ = upstream.next();
      gateway.process().close();
      End end = waiting.end();
      assertTrue(end == End.CLOSED || end == End.RESET);
      assertTrue(ended.await(20, TimeUnit.SECONDS));
      assertEquals(0, other.seen().size());
    }
  }

  private void play(Call call) throws IOException {
    String _ = call.readBody();
    if (call.target().equals("/api/tags")) {
      call.respond(200, "{}");
    } else if (call.target().equals("/api/chat")) {
      call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
      call.await(go);
      call.send(Bytes.chunk("b") + Bytes.LAST_CHUNK);
    } else {
      call.await(go);
      call.respond(200, "{\"late\":1}");
    }
  }
}
