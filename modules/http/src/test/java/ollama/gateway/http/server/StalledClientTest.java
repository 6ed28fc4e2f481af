package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A handler writes more than its client reads. */
final class StalledClientTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";
  private static final byte[] PIECE = new byte[16 * 1024];

  private final AtomicInteger written = new AtomicInteger();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CompletableFuture<IOException> ended = new CompletableFuture<>();
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(this::handle);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void aStalledClientThatClosesItsSendingSideHasLeft() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(begun);
    client.endSending();

    assertInstanceOf(PeerLeftException.class, Tasks.await(ended));
  }

  @Test
  void bytesOfAStalledClientDontKeepTheLoopBusy() throws Exception {
    RawPeer client = server.client().send(GET);
    Tasks.await(begun);
    awaitStall();
    // More than is read ahead, so that the socket stays readable.
    client.send("GET /next HTTP/1.1\nHost: a\n\n".repeat(3_000));

    assertTrue(hasAQuietMoment(), "the loop spins");
  }

  private void handle(Exchange exchange) throws IOException {
    try {
      ResponseWriter response = exchange.response();
      response.start(200, Framing.CHUNKED);
      response.endHead();
      begun.countDown();
      while (true) {
        response.body(PIECE);
        response.flush();
        written.incrementAndGet();
      }
    } catch (IOException e) {
      ended.complete(e);
      throw e;
    }
  }

  /** Returns when no more pieces are taken. */
  private void awaitStall() throws Exception {
    int last = -1;
    while (last != written.get()) {
      last = written.get();
      for (int i = 0; i < 50; i++) {
        Tasks.run(server.loop(), () -> true);
      }
    }
  }

  /**
   * Whether this process hardly needs the CPU for half a second. The compiler may be at work for a
   * while, so there is more than one chance; a loop that spins never lets go, and even on a busy
   * machine gets more than a tenth of a core.
   */
  private static boolean hasAQuietMoment() throws InterruptedException {
    for (int i = 0; i < 60; i++) {
      long before = cpuMillis();
      assertFalse(new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS));
      if (cpuMillis() - before < 50) {
        return true;
      }
    }
    return false;
  }

  private static long cpuMillis() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
  }
}
