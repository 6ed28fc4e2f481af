package ollama.gateway.app.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes lines from any thread and writes them from its own. Taking one costs a queue's node and,
 * only when the writer sleeps, a wake-up; after a batch that wasn't full the writer rests a moment
 * before it looks again, so that many lines share one write.
 */
final class LogWriter {

  /** Lines that may wait; beyond it they are dropped and counted. */
  private static final int WAITING_MAX = 10_000;

  private static final long REST_NANOS = 20_000_000;
  private static final int BATCH_BYTES = 64 * 1024;

  private final OutputStream out;
  private final LineForm form;
  private final ConcurrentLinkedQueue<LogLine> lines = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong dropped = new AtomicLong();
  private final Thread thread;
  private volatile boolean sleeping;

  /** Writes to a stream, on a daemon thread of that name, from {@link #start} on. */
  LogWriter(OutputStream out, LineForm form, String name) {
    this.out = out;
    this.form = form;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  /** Starts the thread; call once. */
  void start() {
    thread.start();
  }

  /** Takes a line; never blocks. */
  void add(LogLine line) {
    if (waiting.get() >= WAITING_MAX) {
      dropped.incrementAndGet();
      form.refused();
      return;
    }
    waiting.incrementAndGet();
    lines.add(line);
    if (sleeping) {
      sleeping = false;
      LockSupport.unpark(thread);
    }
  }

  /** Waits until all lines taken before are written, at most so long. */
  void flush(long atMostMillis) {
    long deadline = System.nanoTime() + atMostMillis * 1_000_000;
    while (waiting.get() > 0 && System.nanoTime() - deadline < 0) {
      LockSupport.unpark(thread);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void run() {
    StringBuilder text = new StringBuilder();
    while (true) {
      int count = 0;
      @Nullable LogLine line;
      while (text.length() < BATCH_BYTES && (line = lines.poll()) != null) {
        append(text, line);
        count++;
      }
      long lost = dropped.getAndSet(0);
      if (lost > 0) {
        form.dropped(text, lost);
      }
      if (count > 0 || lost > 0) {
        boolean full = text.length() >= BATCH_BYTES;
        write(text, count);
        text.setLength(0);
        waiting.addAndGet(-count);
        if (!full) {
          // So that the next lines come together; with a full batch, they are here already.
          LockSupport.parkNanos(REST_NANOS);
        }
      } else {
        sleep();
      }
    }
  }

  /** A line that can't be put in words must not be the last one. */
  private void append(StringBuilder text, LogLine line) {
    int start = text.length();
    try {
      form.append(text, line);
    } catch (RuntimeException e) {
      text.setLength(start);
      form.broken(text, e);
    }
  }

  private void sleep() {
    sleeping = true;
    if (lines.isEmpty()) {
      LockSupport.park();
    }
    sleeping = false;
  }

  private void write(StringBuilder text, int count) {
    try {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      form.failed(count, e);
    }
  }
}
