package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

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

/** Many clients at once, in a process with little memory. */
class SmallHeapTest {

  private static final int STREAMS = 1000;
  private static final int CHUNKS = 8;
  private static final String CHUNK = "x".repeat(8 * 1024);
  private static final String QUESTION = "{\"prompt\": \"" + "y".repeat(8 * 1024) + "\"}";

  private final CountDownLatch allBegan = new CountDownLatch(1);

  @Test
  void aHeapOf64MebibytesCarriesAThousandStreams() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (FakeUpstream upstream = FakeUpstream.start(this::stream);
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream).set("limits", "{\"connectionsPerAddress\": 0}"),
                ":",
                "-Xmx64m",
                "-XX:+ExitOnOutOfMemoryError")) {
      String request = TestGateway.postOf("/api/generate", QUESTION);
      for (int i = 0; i < STREAMS; i++) {
        clients.add(gateway.connect().send(request));
      }
      List<Head> heads = new ArrayList<>();
      for (RawClient client : clients) {
        heads.add(client.head());
        assertEquals("begun", client.chunk());
      }
      assertEquals(STREAMS, upstream.seen().size());
      allBegan.countDown();
      for (int i = 0; i < STREAMS; i++) {
        Answer answer = clients.get(i).body(heads.get(i), false);
        assertEquals(End.COMPLETE, answer.end());
        assertEquals(CHUNKS * CHUNK.length(), answer.body().length());
      }
      String log = gateway.log();
      assertFalse(log.contains("Error"), log);
    } finally {
      allBegan.countDown();
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void largeHeadsThatNeverEndLeaveRoomForOthers() throws Exception {
    String begun = "GET /api/tags HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(30_000);
    List<RawClient> clients = new ArrayList<>();
    try (FakeUpstream upstream =
            FakeUpstream.start(call -> call.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream)
                    .set("limits", "{\"connectionsPerAddress\": 0}")
                    .set("timeouts", "{\"headSeconds\": 600}"),
                ":",
                "-Xmx24m",
                "-XX:+ExitOnOutOfMemoryError")) {
      for (int i = 0; i < STREAMS; i++) {
        clients.add(gateway.connect().send(begun));
      }
      // A quarter of the heap holds less than 200 of them.
      assertEquals(503, clients.getLast().head().status());
      try (RawClient other = gateway.connect()) {
        other.send("GET /api/tags HTTP/1.1\r\nHost: a\r\n" + TestGateway.AUTH + "\r\n");
        assertEquals(200, other.answer().status());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  /** The rest comes only when all streams are under way, to clients that mostly don't read yet. */
  private void stream(Call call) throws IOException {
    assertEquals(QUESTION, call.readBody());
    call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("begun"));
    try {
      if (!allBegan.await(120, TimeUnit.SECONDS)) {
        throw new IOException("not all streams began");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (int i = 0; i < CHUNKS; i++) {
      call.send(Bytes.chunk(CHUNK));
    }
    call.send(Bytes.LAST_CHUNK);
  }
}
