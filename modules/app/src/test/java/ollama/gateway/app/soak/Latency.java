package ollama.gateway.app.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.SlowClients;

/**
 * How soon a server learns that its client left, and by how much slow clients delay a normal one.
 * Figures of an otherwise idle machine, so no test of {@code make test} asserts them.
 */
final class Latency {

  private static final int CANCELS = 200;
  private static final double CANCEL_MILLIS_MAX = 100;

  private static final int ROUNDS = 2;
  private static final int REQUESTS = 400;
  private static final double SLOWER_MAX = 1.2;
  private static final double SLOWER_MILLIS_MAX = 5;

  /** A noisy machine may spoil one comparison, but hardly all of them. */
  private static final int TRIES = 4;

  private static final String TAGS =
      "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + Subject.AUTH + "\r\n";
  private static final String POST =
      "POST %s HTTP/1.1\r\nHost: g\r\n" + Subject.AUTH + "Content-Length: %d\r\n\r\n";
  private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final Subject subject;
  private final FakeUpstream upstream;
  private final List<String> wrong = new ArrayList<>();
  private final BlockingQueue<Long> arrived = new LinkedBlockingQueue<>();
  private final BlockingQueue<Long> ends = new LinkedBlockingQueue<>();

  /** A client's way to the point where it leaves. */
  @FunctionalInterface
  private interface Way {
    void go(RawClient client) throws IOException;
  }

  /** Measures a gateway before this server. */
  Latency(Subject subject, FakeUpstream upstream) {
    this.subject = subject;
    this.upstream = upstream;
  }

  /** Measures and prints; gives what was beyond its bound. */
  List<String> measure() throws Exception {
    upstream.script(
        call -> {
          String _ = call.readBody();
          awaitEnd(call);
        });
    cancel("before the first byte", client -> client.send(POST.formatted("/api/chat", 2) + "{}"));
    upstream.script(
        call -> {
          String _ = call.readBody();
          call.send(CHUNKED + Bytes.chunk("{}\n"));
          awaitEnd(call);
        });
    cancel(
        "in mid-stream",
        client -> {
          client.send(POST.formatted("/api/chat", 2) + "{}").head();
          String _ = client.chunk();
        });
    upstream.script(
        call -> {
          call.skipBody(100_000);
          awaitEnd(call);
        });
    String upload = POST.formatted("/api/blobs/sha256:00", 1_000_000_000);
    cancel("in an upload", client -> client.send(upload + "x".repeat(100_000)));
    slowClients();
    return wrong;
  }

  private void awaitEnd(Call call) {
    arrived.add(System.nanoTime());
    ends.add(call.awaitEnd());
  }

  private void cancel(String what, Way way) throws Exception {
    long[] nanos = new long[CANCELS];
    for (int i = 0; i < CANCELS; i++) {
      RawClient client = subject.connect();
      way.go(client);
      long _ = take(arrived);
      long left = System.nanoTime();
      if (i % 2 == 0) {
        client.close();
      } else {
        client.reset();
      }
      nanos[i] = take(ends) - left;
    }
    double p99 = p99Millis(nanos);
    System.out.printf(
        Locale.ROOT, "a client left %s: p99 %.2f ms until its server knew it%n", what, p99);
    if (p99 > CANCEL_MILLIS_MAX) {
      wrong.add("a client left " + what + ": p99 " + p99 + " ms until its server knew it");
    }
  }

  private void slowClients() throws Exception {
    try (SlowClients slow = new SlowClients(Subject.AUTH);
        RawClient normal = subject.connect()) {
      upstream.script(slow::answer);
      // A young process compiles what it does for the first time.
      long[] _ = latencies(normal, 5 * REQUESTS);
      long[] _ = amongSlowOnes(slow, normal);
      for (int i = 0; i < TRIES; i++) {
        long[] alone = new long[0];
        long[] among = new long[0];
        for (int round = 0; round < ROUNDS; round++) {
          alone = joined(alone, latencies(normal, REQUESTS));
          among = joined(among, amongSlowOnes(slow, normal));
        }
        double without = p99Millis(alone);
        double with = p99Millis(among);
        System.out.printf(
            Locale.ROOT,
            "a request among 1,000 slow clients: p99 %.2f ms, without them %.2f ms%n",
            with,
            without);
        if (with <= without * SLOWER_MAX + SLOWER_MILLIS_MAX) {
          return;
        }
      }
      wrong.add("slow clients delay a normal one, see above");
    }
  }

  private long[] amongSlowOnes(SlowClients slow, RawClient normal) throws Exception {
    slow.come(subject.address());
    awaitConnections(SlowClients.COUNT + 1);
    slow.awaitStall();
    long[] nanos = latencies(normal, REQUESTS);
    slow.leave();
    awaitConnections(1);
    return nanos;
  }

  private static long[] latencies(RawClient client, int count) throws IOException {
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      long begin = System.nanoTime();
      int status = client.send(TAGS).answer().status();
      nanos[i] = System.nanoTime() - begin;
      if (status != 200) {
        throw new IOException("status " + status);
      }
    }
    return nanos;
  }

  /** Beside the one that asks. */
  private void awaitConnections(int count) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (subject.sample().connections() != count + 1) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("not " + count + " connections: " + subject.sample());
      }
      Thread.sleep(10);
    }
  }

  private static long take(BlockingQueue<Long> queue) throws Exception {
    Long next = queue.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new IOException("the server doesn't learn of a request or of its end");
    }
    return next;
  }

  private static long[] joined(long[] one, long[] other) {
    long[] all = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, all, one.length, other.length);
    return all;
  }

  private static double p99Millis(long[] nanos) {
    Arrays.sort(nanos);
    return nanos[nanos.length * 99 / 100] / 1e6;
  }
}
