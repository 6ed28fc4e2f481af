package ollama.gateway.http.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.wire.HeadLimits;

/**
 * A client on one loop, and the steps of a request; closing it checks that no buffer and no
 * descriptor is missing.
 */
final class ClientFixture implements AutoCloseable {

  private static final long PATIENCE_MILLIS = Tasks.SECONDS_MAX * 1000L;

  private static final int DESCRIPTORS = 100;

  private final EventLoops loops;
  private final Resolver resolver;
  private final UpstreamClient client;
  private final DescriptorBudget budget = new DescriptorBudget(DESCRIPTORS);

  ClientFixture() {
    this(new Resolver());
  }

  ClientFixture(Resolver resolver) {
    this.resolver = resolver;
    try {
      loops = EventLoops.start(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    client = new UpstreamClient(loops, resolver, budget, () -> 60);
  }

  UpstreamClient client() {
    return client;
  }

  DescriptorBudget budget() {
    return budget;
  }

  /** Leaves so many descriptors, until they are given back. */
  int leave(int descriptors) {
    budget.promise(DESCRIPTORS - descriptors);
    return DESCRIPTORS - descriptors;
  }

  EventLoop loop() {
    return loops.all().getFirst();
  }

  /** Runs on a virtual thread of the loop, as all use of the client must. */
  <T> T run(Callable<T> task) throws Exception {
    return Tasks.run(loop(), task);
  }

  <T> CompletableFuture<T> start(Callable<T> task) {
    return Tasks.start(loop(), task);
  }

  UpstreamConnection connect(UpstreamOrigin origin) throws IOException {
    return client.connect(loop(), origin, PATIENCE_MILLIS, Watch.NONE);
  }

  /** An idle connection if there is one, else a new one. */
  UpstreamConnection open(UpstreamOrigin origin) throws IOException {
    var idle = client.pooled(loop(), origin);
    return idle.isPresent() ? idle.get() : connect(origin);
  }

  /** Sends a request's head. */
  static void send(UpstreamConnection upstream, String textBlock) throws IOException {
    byte[] bytes = Bytes.of(Bytes.crlf(textBlock));
    upstream.output().room(bytes.length).put(bytes);
    upstream.output().flush(PATIENCE_MILLIS);
  }

  static ResponseHead awaitHead(UpstreamConnection upstream) throws IOException {
    return upstream.awaitHead(
        false, HeadLimits.DEFAULT, Watch.NONE, EventLoop.deadlineMillis(PATIENCE_MILLIS));
  }

  /** Reads the body up to its end. */
  static String body(UpstreamConnection upstream) throws IOException {
    StringBuilder text = new StringBuilder();
    ByteBuffer out = ByteBuffer.allocate(1024);
    while (true) {
      while (!upstream.body().done() && !upstream.input().isEmpty()) {
        upstream.body().decode(upstream.input().bytes(), out.clear());
        text.append(Bytes.text(out.flip()));
      }
      upstream.input().release();
      if (upstream.body().done()) {
        return text.toString();
      }
      upstream
          .connection()
          .awaitReadable(null, EventLoop.deadlineMillis(PATIENCE_MILLIS), "the body");
      if (upstream.input().fill() < 0) {
        upstream.body().endOfInput();
      }
    }
  }

  /** A whole request on whatever connection there is; gives the body. */
  String get(UpstreamOrigin origin) throws Exception {
    return run(
        () -> {
          UpstreamConnection upstream = open(origin);
          try {
            send(upstream, "GET / HTTP/1.1\nHost: a\n\n");
            awaitHead(upstream);
            return body(upstream);
          } finally {
            upstream.release(true);
          }
        });
  }

  /** Whether an idle connection is at hand; it is closed if so. */
  boolean takeIdle(UpstreamOrigin origin) throws Exception {
    return run(
        () -> {
          var idle = client.pooled(loop(), origin);
          idle.ifPresent(UpstreamConnection::close);
          return idle.isPresent();
        });
  }

  @Override
  public void close() {
    client.close();
    resolver.close();
    // The loop may be looking, with a buffer, at an idle connection whose server has just left.
    Tasks.until(() -> loop().buffers().taken() == 0, "buffers that nobody gave back");
    Tasks.until(() -> budget.has(DESCRIPTORS), "descriptors that nobody gave back");
    loops.close();
  }
}
