package ollama.gateway.tracing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes the spans of requests from any thread and tells them to a collector from its own: those of
 * {@value #BATCH_MAX} requests at once, or after a second as many as there are. Who hands spans
 * over never waits; what the collector doesn't take is dropped and counted.
 */
public final class SpanExporter implements AutoCloseable {

  /** Is told what becomes of requests' spans; on any thread, so it must not block. */
  public interface Listener {

    /** The collector has those of so many requests. */
    void exported(int requests);

    /** Nobody will have those of so many requests. */
    void dropped(int requests);

    /**
     * The collector didn't take some; told on the exporter's thread, every ten seconds at most.
     *
     * @param why for people
     */
    void failed(String why);
  }

  /** Requests whose spans go out at once. */
  static final int BATCH_MAX = 512;

  /** How often one batch is sent before it is dropped. */
  static final int TRIES_MAX = 5;

  private static final long GATHER_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int RETRY_AFTER_SECONDS_MAX = 60;
  private static final long COMPLAINT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long FLUSH_MILLIS = 2_000;

  private final OtlpJson form;
  private final Post post;
  private final Listener listener;
  private final ConcurrentLinkedQueue<List<Span>> requests = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Thread thread = Thread.ofPlatform().name("traces").daemon().unstarted(this::run);
  private volatile @Nullable Collector collector;
  private volatile boolean sleeping;
  private volatile boolean closing;
  private boolean started;
  private long lastComplaint = System.nanoTime() - COMPLAINT_NANOS;

  /** One that has no collector yet. */
  public SpanExporter(OtlpJson form, Post post, Listener listener) {
    this.form = form;
    this.post = post;
    this.listener = listener;
  }

  /** Who gets spans from now on, those that wait too; with nobody, they are dropped. */
  public synchronized void configure(Optional<Collector> next) {
    collector = next.orElse(null);
    if (next.isPresent() && !started && !closing) {
      started = true;
      thread.start();
    }
    LockSupport.unpark(thread);
  }

  /**
   * Takes those of a request that has ended; never blocks.
   *
   * @param isTrusted whether it came with a key; those of others never take more than half of the
   *     room
   */
  public void add(List<Span> spans, boolean isTrusted) {
    Collector to = collector;
    if (to == null || closing) {
      return;
    }
    if (waiting.get() >= (isTrusted ? to.queue() : to.queue() / 2)) {
      listener.dropped(1);
      return;
    }
    int count = waiting.incrementAndGet();
    requests.add(spans);
    if (sleeping || count == BATCH_MAX) {
      LockSupport.unpark(thread);
    }
  }

  /** Sends what waits, for two seconds at most; what is left then is dropped. */
  @Override
  public void close() {
    boolean runs;
    synchronized (this) {
      closing = true;
      runs = started;
    }
    if (!runs) {
      return;
    }
    LockSupport.unpark(thread);
    try {
      thread.join(FLUSH_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    drop(take(Integer.MAX_VALUE));
  }

  private void run() {
    while (!closing || waiting.get() > 0) {
      awaitBatch();
      List<List<Span>> batch = take(BATCH_MAX);
      if (!batch.isEmpty()) {
        try {
          send(batch);
        } catch (RuntimeException | Error e) {
          drop(batch);
          complain("spans couldn't be told: " + e);
        }
      }
    }
  }

  private void awaitBatch() {
    sleeping = true;
    while (waiting.get() == 0 && !closing) {
      LockSupport.park();
    }
    sleeping = false;
    long until = System.nanoTime() + GATHER_NANOS;
    while (waiting.get() < BATCH_MAX && !closing && until - System.nanoTime() > 0) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  private List<List<Span>> take(int max) {
    List<List<Span>> batch = new ArrayList<>();
    while (batch.size() < max) {
      @Nullable List<Span> next = requests.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
    }
    waiting.addAndGet(-batch.size());
    return batch;
  }

  private void send(List<List<Span>> batch) {
    byte[] body = form.of(batch);
    for (int tries = 1; true; tries++) {
      Collector to = collector;
      if (to == null) {
        drop(batch);
        return;
      }
      String why;
      boolean isOver = tries == TRIES_MAX || closing;
      int retryAfter = 0;
      try {
        Post.Answer answer = post.send(to, body);
        if (answer.status() >= 200 && answer.status() < 300) {
          listener.exported(batch.size());
          return;
        }
        isOver |= !isPassing(answer.status());
        retryAfter = answer.retryAfterSeconds();
        why = "it answered with the status " + answer.status();
      } catch (IOException e) {
        why = e.getMessage() == null ? e.toString() : e.getMessage();
      }
      complain("the collector at " + to + " didn't take spans: " + why);
      if (isOver) {
        drop(batch);
        return;
      }
      pause(to, pauseNanos(tries, retryAfter));
    }
  }

  /** Of what may be well soon, as OTLP says it. */
  private static boolean isPassing(int status) {
    return status == 429 || (status >= 502 && status <= 504);
  }

  /** Longer each time, and as long as the collector wants, within bounds. */
  static long pauseNanos(int tries, int retryAfterSeconds) {
    int wanted = Math.clamp(retryAfterSeconds, 0, RETRY_AFTER_SECONDS_MAX);
    return Math.max(FIRST_PAUSE_NANOS << (tries - 1), TimeUnit.SECONDS.toNanos(wanted));
  }

  /** Unless it is closed, or somebody else is the collector. */
  private void pause(Collector before, long nanos) {
    long until = System.nanoTime() + nanos;
    while (until - System.nanoTime() > 0 && !closing && Objects.equals(collector, before)) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  private void drop(List<List<Span>> batch) {
    if (!batch.isEmpty()) {
      listener.dropped(batch.size());
    }
  }

  private void complain(String why) {
    long now = System.nanoTime();
    if (now - lastComplaint >= COMPLAINT_NANOS) {
      lastComplaint = now;
      listener.failed(why);
    }
  }
}
