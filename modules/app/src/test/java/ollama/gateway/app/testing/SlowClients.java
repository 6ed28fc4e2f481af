package ollama.gateway.app.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thousand clients that send a byte now and then, or don't read what they get. */
public final class SlowClients implements AutoCloseable {

  private static final int HEADS = 650;
  private static final int BODIES = 300;
  private static final int READERS = 50;

  /** How many they are. */
  public static final int COUNT = HEADS + BODIES + READERS;

  private final String auth;
  private final List<RawClient> senders = new ArrayList<>();
  private final List<RawClient> readers = new ArrayList<>();

  /** Pieces of streams. */
  private final AtomicLong sent = new AtomicLong();

  private @Nullable Thread trickle;

  /** With the header field that lets them in. */
  public SlowClients(String auth) {
    this.auth = auth;
  }

  /** A server's side: streams that are more than what fits on the way to a client. */
  public void answer(Call call) throws IOException {
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

  /** Connects all, sends what they say at first, and goes on byte by byte until they leave. */
  public void come(InetSocketAddress gateway) throws IOException {
    for (int i = 0; i < HEADS; i++) {
      senders.add(new RawClient(gateway).send("GET /api/tags HTTP/1.1\r\nHost: g\r\nX: "));
    }
    for (int i = 0; i < BODIES; i++) {
      senders.add(new RawClient(gateway).send(post("/api/generate", 1000) + "x"));
    }
    for (int i = 0; i < READERS; i++) {
      readers.add(new RawClient(gateway).send(post("/api/chat", 2) + "{}"));
    }
    trickle = Thread.ofPlatform().start(this::trickle);
  }

  /** Waits until what fits on the way to those who don't read is there, and nothing moves. */
  public void awaitStall() {
    long before = -1;
    while (before != sent.get()) {
      before = sent.get();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  /** All leave. */
  public void leave() throws IOException {
    if (trickle != null) {
      trickle.interrupt();
      try {
        trickle.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    for (RawClient client : senders) {
      client.reset();
    }
    for (RawClient client : readers) {
      client.reset();
    }
    senders.clear();
    readers.clear();
  }

  @Override
  public void close() throws IOException {
    leave();
  }

  /** A byte of each in a second, as those do who want to stay. */
  private void trickle() {
    long pauseNanos = TimeUnit.SECONDS.toNanos(1) / senders.size();
    long next = System.nanoTime();
    for (int i = 0; !Thread.currentThread().isInterrupted(); i = (i + 1) % senders.size()) {
      try {
        RawClient _ = senders.get(i).send("x");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      next += pauseNanos;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private String post(String target, int bytes) {
    return "POST %s HTTP/1.1\r\nHost: g\r\n%sContent-Length: %d\r\n\r\n"
        .formatted(target, auth, bytes);
  }
}
