package ollama.gateway.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpanExporterTest {

  private static final Post.Answer TAKEN = new Post.Answer(200, 0);

  private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
  private final BlockingQueue<Collector> asked = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> complaints = new LinkedBlockingQueue<>();
  private final Count exported = new Count();
  private final Count dropped = new Count();
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile Post post = (_, _) -> TAKEN;

  private final SpanExporter exporter =
      new SpanExporter(
          new OtlpJson(new Attributes(), "test", "1"),
          this::send,
          new SpanExporter.Listener() {
            @Override
            public void exported(int requests) {
              exported.add(requests);
            }

            @Override
            public void dropped(int requests) {
              dropped.add(requests);
            }

            @Override
            public void failed(String why) {
              complaints.add(why);
            }
          });

  private Post.Answer send(Collector collector, byte[] body) throws IOException {
    asked.add(collector);
    bodies.add(new String(body, StandardCharsets.UTF_8));
    return post.send(collector, body);
  }

  @AfterEach
  void close() {
    released.countDown();
    exporter.close();
  }

  @Test
  void whatCameWithinASecondGoesOutTogether() throws Exception {
    configure("a", 100);
    add(3);
    assertEquals(3, count(bodies.take()));
    await(3, exported);
    assertEquals(0, dropped.get());
  }

  @Test
  void aBatchHasNoMoreThanItsBound() throws Exception {
    configure("a", 10_000);
    add(SpanExporter.BATCH_MAX + 10);
    assertEquals(SpanExporter.BATCH_MAX, count(bodies.take()));
    assertEquals(10, count(bodies.take()));
  }

  @Test
  void whatDoesNotFitTheQueueIsDroppedAndCounted() throws Exception {
    block();
    configure("a", 16);
    add(1);
    String _ = bodies.take();
    add(20);
    assertEquals(4, dropped.get());
    released.countDown();
    assertEquals(16, count(bodies.take()));
    await(17, exported);
  }

  @Test
  void requestsWithoutAKeyTakeHalfOfTheQueue() throws Exception {
    block();
    configure("a", 16);
    add(1);
    String _ = bodies.take();
    for (int i = 0; i < 20; i++) {
      exporter.add(List.of(), false);
    }
    assertEquals(12, dropped.get());
    add(10);
    assertEquals(14, dropped.get());
  }

  @Test
  void whoHandsSpansOverDoesNotWaitForASlowCollector() throws Exception {
    block();
    configure("a", 16);
    add(1);
    String _ = bodies.take();
    long began = System.nanoTime();
    add(100_000);
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(20));
    assertEquals(100_000 - 16, dropped.get());
  }

  @Test
  void whatACollectorFailsForAWhileIsSentAgain() throws Exception {
    AtomicInteger times = new AtomicInteger();
    post =
        (_, _) ->
            switch (times.incrementAndGet()) {
              case 1 -> throw new IOException("refused");
              case 2 -> new Post.Answer(503, 0);
              default -> TAKEN;
            };
    configure("a", 16);
    add(2);
    String first = bodies.take();
    assertEquals(first, bodies.take());
    assertEquals(first, bodies.take());
    await(2, exported);
    assertEquals(0, dropped.get());
    assertEquals("the collector at http://a/ didn't take spans: refused", complaints.take());
    assertEquals(0, complaints.size(), "one in ten seconds");
  }

  @Test
  void whatACollectorRefusesIsDropped() throws Exception {
    post = (_, _) -> new Post.Answer(400, 0);
    configure("a", 16);
    add(2);
    await(2, dropped);
    assertEquals(1, bodies.size());
    assertEquals(
        "the collector at http://a/ didn't take spans: it answered with the status 400",
        complaints.take());
  }

  @Test
  void aMistakeIsNotTheEnd() throws Exception {
    post =
        (_, _) -> {
          throw new IllegalStateException("a mistake");
        };
    configure("a", 16);
    add(1);
    await(1, dropped);
    post = (_, _) -> TAKEN;
    add(1);
    await(1, exported);
  }

  @Test
  void anotherCollectorIsAskedAtOnce() throws Exception {
    post = (to, _) -> to.url().getHost().equals("a") ? new Post.Answer(429, 3600) : TAKEN;
    configure("a", 16);
    add(2);
    assertEquals("a", asked.take().url().getHost());
    configure("b", 16);
    assertEquals("b", asked.take().url().getHost());
    await(2, exported);
  }

  @Test
  void withoutACollectorNothingIsKept() throws Exception {
    add(5);
    configure("a", 16);
    exporter.configure(Optional.empty());
    add(5);
    configure("a", 16);
    add(1);
    assertEquals(1, count(bodies.take()));
  }

  @Test
  void closingSendsWhatWaits() {
    configure("a", 16);
    add(7);
    exporter.close();
    assertEquals(7, exported.get());
    add(1);
    assertEquals(0, dropped.get());
  }

  @Test
  void closingDoesNotWaitForLongWhereTheCollectorDoesNotAnswer() throws Exception {
    block();
    configure("a", 16);
    add(1);
    String _ = bodies.take();
    add(3);
    exporter.close();
    assertEquals(3, dropped.get());
  }

  @Test
  void pausesGrowAndAreBounded() {
    assertEquals(1, TimeUnit.NANOSECONDS.toSeconds(SpanExporter.pauseNanos(1, 0)));
    assertEquals(8, TimeUnit.NANOSECONDS.toSeconds(SpanExporter.pauseNanos(4, 0)));
    assertEquals(8, TimeUnit.NANOSECONDS.toSeconds(SpanExporter.pauseNanos(4, 5)));
    assertEquals(20, TimeUnit.NANOSECONDS.toSeconds(SpanExporter.pauseNanos(4, 20)));
    assertEquals(60, TimeUnit.NANOSECONDS.toSeconds(SpanExporter.pauseNanos(1, 86_400)));
    assertEquals(1, TimeUnit.NANOSECONDS.toSeconds(SpanExporter.pauseNanos(1, -5)));
  }

  /** The collector takes its time. */
  private void block() {
    post =
        (_, _) -> {
          try {
            released.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return TAKEN;
        };
  }

  private void configure(String host, int queue) {
    URI url = URI.create("http://" + host + "/");
    exporter.configure(Optional.of(new Collector(url, Map.of(), queue)));
  }

  private void add(int requests) {
    for (int i = 0; i < requests; i++) {
      exporter.add(List.of(span()), true);
    }
  }

  private static Span span() {
    return new Span(
        TraceContext.root(true),
        Span.Parent.NONE,
        Span.Kind.SERVER,
        "x",
        new Span.Interval(1, 2),
        new Attributes(),
        Optional.empty());
  }

  private static int count(String body) {
    return body.split("\"spanId\"", -1).length - 1;
  }

  private static void await(int expected, Count count) throws InterruptedException {
    count.await(expected);
    assertEquals(expected, count.get());
  }

  /** A number that can be waited for. */
  private static final class Count {
    private int value;

    synchronized void add(int more) {
      value += more;
      notifyAll();
    }

    synchronized int get() {
      return value;
    }

    synchronized void await(int least) throws InterruptedException {
      while (value < least) {
        wait();
      }
    }
  }
}
