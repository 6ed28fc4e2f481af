package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/** A thousand clients that send or read slowly, beside one that doesn't. */
class SlowClientsTest {

  private static final int HEADS = 650;
  private static final int BODIES = 300;
  private static final int READERS = 50;
  private static final int ROUNDS = 2;
  private static final int REQUESTS = 400;

  /** A noisy machine may spoil one comparison, but hardly all of them. */
  private static final int TRIES = 4;

  private static final String TAGS =
      "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "\r\n";

  /** Pieces of streams. */
  private final AtomicLong sent = new AtomicLong();

  @Test
  void aThousandSlowClientsDontDelayANormalOne() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.start(this::answer);
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream)
                    .set("metrics", "{\"enabled\": true}")
                    .set("limits", "{\"connectionsPerAddress\": 0}"),
                ":");
        RawClient normal = gateway.connect()) {
      // A young process compiles what it does for the first time.
      long[] _ = latencies(normal, 5 * REQUESTS);
      long[] _ = amongSlowOnes(gateway, normal);
      List<String> seen = new ArrayList<>();
      boolean held = false;
      for (int i = 0; i < TRIES && !held; i++) {
        long[] alone = new long[0];
        long[] among = new long[0];
        for (int round = 0; round < ROUNDS; round++) {
          alone = joined(alone, latencies(normal, REQUESTS));
          among = joined(among, amongSlowOnes(gateway, normal));
        }
        long without = p99(alone);
        long with = p99(among);
        seen.add(with / 1000 + " µs, without them " + without / 1000 + " µs");
        held = with <= without * 1.2 + TimeUnit.MILLISECONDS.toNanos(5);
      }
      assertTrue(held, seen::toString);
    }
  }

  private long[] amongSlowOnes(ChildGateway gateway, RawClient normal) throws Exception {
    List<RawClient> slow = new ArrayList<>();
    try {
      for (int i = 0; i < HEADS; i++) {
        slow.add(gateway.connect().send("GET /api/tags HTTP/1.1\r\nHost: g\r\nX: "));
      }
      for (int i = 0; i < BODIES; i++) {
        String begun = TestGateway.postOf("/api/generate", "x".repeat(1000));
        slow.add(gateway.connect().send(begun.substring(0, begun.length() - 999)));
      }
      List<RawClient> senders = List.copyOf(slow);
      for (int i = 0; i < READERS; i++) {
        slow.add(gateway.connect().send(TestGateway.postOf("/api/chat", "{}")));
      }
      awaitConnections(normal, HEADS + BODIES + READERS + 1);
      awaitStalls();
      Thread trickle = Thread.ofPlatform().start(() -> trickle(senders));
      try {
        return latencies(normal, REQUESTS);
      } finally {
        trickle.interrupt();
        trickle.join();
      }
    } finally {
      for (RawClient client : slow) {
        client.reset();
      }
      awaitConnections(normal, 1);
    }
  }

  /** Waits until what fits on the way to those who don't read is there, and nothing moves. */
  private void awaitStalls() {
    long before = -1;
    while (before != sent.get()) {
      before = sent.get();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  /** A byte of each in a second, as those do who want to stay. */
  private static void trickle(List<RawClient> clients) {
    long pauseNanos = TimeUnit.SECONDS.toNanos(1) / clients.size();
    long next = System.nanoTime();
    for (int i = 0; !Thread.currentThread().isInterrupted(); i = (i + 1) % clients.size()) {
      try {
        RawClient _ = clients.get(i).send("x");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      next += pauseNanos;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private static long[] latencies(RawClient client, int count) throws IOException {
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      long begin = System.nanoTime();
      assertEquals(200, client.send(TAGS).answer().status());
      nanos[i] = System.nanoTime() - begin;
    }
    return nanos;
  }

  private static void awaitConnections(RawClient client, int count) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    double open = -1;
    while (open != count) {
      assertTrue(System.nanoTime() - deadline < 0, open + " connections");
      client.send("GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n");
      open = TestGateway.metric(client.answer(), "gateway_client_connections");
    }
  }

  private static long[] joined(long[] one, long[] other) {
    long[] all = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, all, one.length, other.length);
    return all;
  }

  private static long p99(long[] nanos) {
    Arrays.sort(nanos);
    return nanos[nanos.length * 99 / 100];
  }

  /** Streams are more than what fits on the way to a client that doesn't read. */
  private void answer(Call call) throws IOException {
    if (!call.target().equals("/api/chat")) {
      call.respond(200, "{}");
      return;
    }
    String _ = call.readBody();
    call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    String chunk = Bytes.chunk("x".repeat(64 * 1024));
    for (int i = 0; i < 128; i++) {
      call.send(chunk);
      sent.incrementAndGet();
    }
    call.send(Bytes.LAST_CHUNK);
  }
}
