package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.SocketBuffers;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client that goes away stops its generation at once: its server sees the end of the connection.
 * How soon is measured by {@code make soak}.
 */
class CancelTest {

  private static final int TRIES = 100;

  /** For what takes less than a millisecond where nothing else runs. */
  private static final int SECONDS_MAX = 10;

  private static final String TOKEN = "{\"response\":\" t\",\"done\":false}\n";

  private static final String UPLOAD =
      TestGateway.postHeadOf("/api/blobs/sha256:00", "Content-Length: 10000000000");

  private final BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
  private FakeUpstream upstream;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    upstream = FakeUpstream.simple();
    gateway = TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start();
  }

  @AfterEach
  void close() throws IOException {
    gateway.close();
    upstream.close();
  }

  /** A client's way to the point where it leaves; the server has the request then. */
  private interface Way {
    void go(RawClient client) throws IOException;
  }

  @Test
  void beforeTheFirstByte() throws Exception {
    upstream.script(this::waitSilently);
    leave(
        client -> {
          client.send(TestGateway.postOf("/api/generate", "{}"));
          Call _ = upstream.next();
        });
    assertEquals(TRIES, upstream.seen().size());
  }

  @Test
  void inMidStream() throws Exception {
    upstream.script(this::streamAndWait);
    leave(
        client -> {
          client.send(TestGateway.postOf("/api/generate", "{}")).head();
          assertEquals(TOKEN, client.chunk());
        });
  }

  @Test
  void withTheNextRequestPipelined() throws Exception {
    upstream.script(this::streamAndWait);
    leave(
        client -> {
          String request = TestGateway.postOf("/api/generate", "{}");
          client.send(request + request).head();
          assertEquals(TOKEN, client.chunk());
        });
    assertEquals(TRIES, upstream.seen().size());
  }

  @Test
  void withTheNextRequestPipelinedBeforeTheFirstByte() throws Exception {
    upstream.script(this::waitSilently);
    leave(
        client -> {
          client.send(TestGateway.postOf("/api/generate", "{}"));
          Call _ = upstream.next();
          client.send(TestGateway.postOf("/api/generate", "{}"));
        });
    assertEquals(TRIES, upstream.seen().size());
  }

  /** So much is pipelined that one buffer doesn't hold it. */
  @ParameterizedTest
  @ValueSource(ints = {17_000, 100_000, 1_000_000})
  void withMuchPipelinedBeforeTheFirstByte(int bytes) throws Exception {
    upstream.script(this::waitSilently);
    leave(
        client -> {
          client.send(TestGateway.postOf("/api/generate", "{}"));
          Call _ = upstream.next();
          client.send(TestGateway.postOf("/api/generate", "x".repeat(bytes)));
        });
    assertEquals(TRIES, upstream.seen().size());
  }

  /**
   * What the server doesn't take is read ahead, as far as there is memory, so that the end behind
   * it is seen.
   */
  @Test
  void manyUploadsThatTheServerDoesNotTake() throws Exception {
    int uploads = 50;
    int receiveBufferBytes = 4096;
    // Half a MiB more than what the system takes on the way to the server.
    String body = "x".repeat((1 << 19) + SocketBuffers.bytes(receiveBufferBytes));
    upstream.receiveBufferBytes(receiveBufferBytes);
    CountDownLatch over = new CountDownLatch(1);
    upstream.script(call -> call.await(over));
    try {
      for (int i = 0; i < uploads; i++) {
        try (RawClient client = gateway.connect()) {
          client.send(UPLOAD + body);
        }
      }
      gateway.awaitMetric(
          0, "gateway_upstream_requests_in_flight{server=\"" + upstream.url() + "\"}");
      gateway.awaitMetric(1, "gateway_client_connections");
      assertEquals(uploads, upstream.seen().size());
    } finally {
      over.countDown();
    }
  }

  @Test
  void whileAnUploadIsInProgress() throws Exception {
    BlockingQueue<Call> uploading = new LinkedBlockingQueue<>();
    upstream.script(
        call -> {
          call.skipBody(100_000);
          uploading.add(call);
          ends.add(call.awaitEnd());
        });
    leave(
        client -> {
          client.send(UPLOAD + "x".repeat(100_000));
          take(uploading);
        });
  }

  @Test
  void whileNothingOfAnUploadHasComeYet() throws Exception {
    upstream.script(call -> ends.add(call.awaitEnd()));
    leave(
        client -> {
          client.send(TestGateway.postHeadOf("/api/blobs/sha256:00", "Transfer-Encoding: chunked"));
          Call _ = upstream.next();
        });
  }

  @Test
  void whileTheServerDoesNotTakeTheUpload() throws Exception {
    BlockingQueue<String> clientLeft = new LinkedBlockingQueue<>();
    upstream.script(
        call -> {
          String _ = take(clientLeft);
          ends.add(call.awaitEnd());
        });
    try (RawClient client = gateway.connect()) {
      client.send(UPLOAD);
      Thread sender =
          Thread.ofPlatform()
              .start(
                  () -> {
                    byte[] piece = new byte[1 << 20];
                    try {
                      while (true) {
                        client.send(piece);
                      }
                    } catch (IOException e) {
                      // The client was reset, as it should be.
                    }
                  });
      Call _ = upstream.next();
      client.reset();
      sender.join();
      clientLeft.add("now");
      assertTrue(take(ends) > 0);
    }
  }

  @Test
  void whileTheClientDoesNotReadAndThenLeaves() throws Exception {
    upstream.script(
        call -> {
          call.readBody();
          call.send(Bytes.STREAM_HEAD);
          String chunk = Bytes.chunk("x".repeat(60_000));
          try {
            while (true) {
              call.send(chunk);
            }
          } catch (IOException e) {
            ends.add(System.nanoTime());
          }
        });
    try (RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/generate", "{}")).head();
      client.reset();
      assertTrue(take(ends) > 0);
    }
  }

  @Test
  void aClientThatClosesItsSendingSideOnlyHasLeftToo() throws Exception {
    upstream.script(this::streamAndWait);
    try (RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/generate", "{}")).head();
      client.shutdownOutput();
      assertTrue(take(ends) > 0);
    }
  }

  private void waitSilently(Call call) throws IOException {
    call.readBody();
    ends.add(call.awaitEnd());
  }

  private void streamAndWait(Call call) throws IOException {
    call.readBody();
    call.send(Bytes.STREAM_HEAD + Bytes.chunk(TOKEN));
    ends.add(call.awaitEnd());
  }

  /** Each end is awaited: the server has nothing more to say by which it would be noticed. */
  private void leave(Way way) throws Exception {
    for (int i = 0; i < TRIES; i++) {
      RawClient client = gateway.connect();
      way.go(client);
      if (i % 2 == 0) {
        client.close();
      } else {
        client.reset();
      }
      long _ = take(ends);
    }
    gateway.awaitMetric(
        0, "gateway_upstream_requests_in_flight{server=\"" + upstream.url() + "\"}");
    assertEquals(1, gateway.up(upstream.url()));
  }

  private static <T> T take(BlockingQueue<T> queue) {
    try {
      T next = queue.poll(SECONDS_MAX, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("the server didn't see it in " + SECONDS_MAX + " s");
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
