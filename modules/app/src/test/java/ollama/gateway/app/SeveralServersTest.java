package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request that two servers do at the same time, or one of them as the one before. */
@Timeout(120)
class SeveralServersTest {

  private static final String ALL = "/api/pull?servers=all";
  private static final String BODY = "{\"model\":\"x\"}";
  private static final String GOING = "{\"status\":\"pulling\",\"completed\":1}\n";
  private static final String SUCCESS = "{\"status\":\"success\"}\n";

  @AutoClose private final FakeUpstream one = FakeUpstream.simple();
  @AutoClose private final FakeUpstream two = FakeUpstream.simple();

  @Test
  void whoLeavesBeforeAnAnswerLeavesAllServersAtOnce() throws Exception {
    CountDownLatch left = new CountDownLatch(2);
    both(
        call -> {
          long _ = call.awaitEnd();
          left.countDown();
        });
    try (TestGateway gateway = TestGateway.start(one, two)) {
      try (RawClient client = gateway.connect()) {
        client.send(TestGateway.postOf(ALL, BODY));
        one.awaitSeen(1);
        two.awaitSeen(1);
      }
      assertTrue(left.await(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void whoLeavesAmidTheProgressLeavesAllServersAtOnce() throws Exception {
    CountDownLatch left = new CountDownLatch(2);
    both(
        call -> {
          call.send(Bytes.STREAM_HEAD + Bytes.chunk(GOING));
          long _ = call.awaitEnd();
          left.countDown();
        });
    try (TestGateway gateway = TestGateway.start(one, two)) {
      try (RawClient client = gateway.connect()) {
        client.send(TestGateway.postOf(ALL, BODY));
        assertEquals(200, client.head().status());
        String lines = client.chunk();
        while (!lines.contains(goingOn(one)) || !lines.contains(goingOn(two))) {
          lines += client.chunk();
        }
      }
      assertTrue(left.await(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void whoLeavesAmidAnUploadLeavesAllServersAtOnce() throws Exception {
    CountDownLatch left = new CountDownLatch(2);
    both(
        call -> {
          try {
            long _ = call.dropBody();
          } finally {
            left.countDown();
          }
        });
    try (TestGateway gateway = TestGateway.start(one, two)) {
      try (RawClient client = gateway.connect()) {
        String head = TestGateway.postHeadOf("/api/blobs/sha256:00?servers=all", length(1000));
        client.send(head + "some");
        one.awaitSeen(1);
        two.awaitSeen(1);
      }
      assertTrue(left.await(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void theSlowestPacesAnUploadToSeveral() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    two.receiveBufferBytes(64 * 1024);
    one.script(Uploads::take);
    two.script(
        call -> {
          call.await(go);
          Uploads.take(call);
        });
    try (TestGateway gateway = TestGateway.start(one, two);
        RawClient client = gateway.connect()) {
      client.socket().setSendBufferSize(64 * 1024);
      Uploads upload = new Uploads(client);
      Future<Answer> answer = upload.start();
      two.awaitSeen(1);
      upload.awaitStandstill();
      assertTrue(upload.sent() < Uploads.BYTES / 2, upload.sent() + " bytes");
      go.countDown();
      assertEquals(201, answer.get(60, TimeUnit.SECONDS).status());
      assertEquals(Uploads.BYTES, upload.sent());
    }
  }

  @Test
  void whatBreaksOffOnOneServerIsToldAtTheEnd() throws Exception {
    one.script(
        call ->
            call.send(
                Bytes.STREAM_HEAD + Bytes.chunk(GOING) + Bytes.chunk(SUCCESS) + Bytes.LAST_CHUNK));
    two.script(
        call -> {
          call.send(Bytes.STREAM_HEAD + Bytes.chunk(GOING));
          call.close();
        });
    try (TestGateway gateway = TestGateway.start(one, two)) {
      Answer answer = gateway.post(ALL, BODY);

      assertEquals(200, answer.status());
      String last = answer.text().lines().toList().getLast();
      assertEquals(
          "{\"error\":\"127.0.0.1:"
              + two.port()
              + ": broke off its answer. Done by 127.0.0.1:"
              + one.port()
              + ". For what is left, send the same request with ?servers=127.0.0.1:"
              + two.port()
              + "\"}",
          last);
    }
  }

  @Test
  void aServerThatIsDownIsAFailureWhereItIsMeant() throws Exception {
    one.script(call -> call.send(Bytes.STREAM_HEAD + Bytes.chunk(SUCCESS) + Bytes.LAST_CHUNK));
    String down = FakeUpstream.refusing();
    try (TestGateway gateway = TestGateway.before(one.url(), down).start()) {
      Answer both = gateway.post(ALL, BODY);
      assertEquals(503, both.status());
      assertTrue(
          both.text().contains(": could not be reached. Done by 127.0.0.1:" + one.port()),
          both.text());
      String name = down.substring("http://".length());
      assertEquals(503, gateway.post("/api/pull?servers=" + name, BODY).status());
      assertEquals(2, one.seen().size() + 1);
    }
  }

  @Test
  void noServerSeesWhichServersWereNamed() throws Exception {
    try (TestGateway gateway = TestGateway.start(one, two)) {
      String field = "X-Gateway-Servers: all\r\n" + length(BODY.length());
      Answer answer =
          gateway.ask(TestGateway.postHeadOf("/api/copy?a=b&servers=all&c", field) + BODY);

      assertEquals(200, answer.status());
      for (FakeUpstream server : new FakeUpstream[] {one, two}) {
        assertEquals(1, server.seen().size());
        assertEquals("/api/copy?a=b&c", server.seen().getFirst().target());
        assertEquals("", server.seen().getFirst().head().field("X-Gateway-Servers"));
        assertEquals(BODY, server.seen().getFirst().body());
      }
    }
  }

  @Test
  void aClientStaysWithOneServerUntilThatIsDown() throws Exception {
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      for (int i = 0; i < 4; i++) {
        assertEquals(200, gateway.post("/api/blobs/sha256:00", "x").status());
        assertEquals(200, gateway.post("/api/create", BODY).status());
        assertEquals(200, gateway.post("/api/pull", BODY).status());
      }
      FakeUpstream first = one.seen().isEmpty() ? two : one;
      FakeUpstream other = first == one ? two : one;
      assertEquals(12, first.seen().size());
      assertEquals(0, other.seen().size());

      first.close();

      for (int i = 0; i < 3; i++) {
        assertEquals(200, gateway.post("/api/create", BODY).status());
      }
      assertEquals(3, other.seen().size());
    }
  }

  @Test
  void whereModelsAreNotAskedForACopyGoesToAllThatAreUp() throws Exception {
    one.script(call -> call.respond(404, "{\"error\":\"model 'x' not found\"}"));
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      String body = "{\"source\":\"x\",\"destination\":\"y\"}";
      assertEquals(200, gateway.post("/api/copy", body).status());
      assertEquals(1, one.seen().size());
      assertEquals(1, two.seen().size());

      two.script(call -> call.respond(404, "{\"error\":\"model 'x' not found\"}"));

      Answer nowhere = gateway.post("/api/copy", body);
      assertEquals(404, nowhere.status());
      assertEquals("{\"error\":\"model 'x' not found\"}", nowhere.text());
    }
  }

  private void both(FakeUpstream.Script script) {
    one.script(script);
    two.script(script);
  }

  private static String goingOn(FakeUpstream server) {
    String name = "127.0.0.1:" + server.port();
    return "{\"status\":\"pulling\",\"completed\":1,\"server\":\"" + name + "\"}\n";
  }

  private static String length(long bytes) {
    return "Content-Length: " + bytes;
  }

  /** A large upload to both, and what a server does with it. */
  private static final class Uploads {
    /** Far more than the buffers on the way take; each step of it waits for a busy machine. */
    static final long BYTES = 32L << 20;

    private final RawClient client;
    private final AtomicLong sent = new AtomicLong();

    Uploads(RawClient client) {
      this.client = client;
    }

    static void take(Call call) throws IOException {
      long dropped = call.dropBody();
      call.respond(dropped == BYTES ? 201 : 400, "{}");
    }

    long sent() {
      return sent.get();
    }

    Future<Answer> start() {
      FutureTask<Answer> task =
          new FutureTask<>(
              () -> {
                client.send(
                    TestGateway.postHeadOf("/api/blobs/sha256:00?servers=all", length(BYTES)));
                byte[] piece = new byte[64 * 1024];
                while (sent() < BYTES) {
                  client.send(piece);
                  long _ = sent.addAndGet(piece.length);
                }
                return client.answer();
              });
      Thread.ofPlatform().daemon().start(task);
      return task;
    }

    /** Until nothing was sent for a second. */
    void awaitStandstill() throws InterruptedException {
      long before = -1;
      while (before != sent()) {
        before = sent();
        Thread.sleep(1000);
      }
    }
  }
}
