package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Queue;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BoundedLogTest {

  private static final Pattern MORE = Pattern.compile("… (\\d+) more like it: (\\w+)");

  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final BoundedLog log = new BoundedLog(new Lines());

  @Test
  void aFloodIsAFewLinesAndTheirNumber() {
    long begin = System.nanoTime();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(i -> Thread.ofPlatform().start(() -> warn("flood", 25_000)))
            .toList();
    threads.forEach(BoundedLogTest::join);
    await(() -> told("flood") == 100_000, "some weren't counted");
    long seconds = 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    // Two periods may begin in each second, of which the first began before it; and a sum for each.
    long most = (seconds + 1) * (BoundedLog.LINES_MAX + 1) + 4;
    assertTrue(lines.size() <= most, lines.size() + " lines in " + seconds + " s");
  }

  @Test
  void aFloodHidesNothingElse() {
    warn("flood", 1_000);
    warn("rare", 1);
    assertEquals(1, lines.stream().filter(line -> line.equals("a rare")).count());
  }

  @Test
  void aFewAreAllTold() {
    warn("few", BoundedLog.LINES_MAX);
    assertEquals(BoundedLog.LINES_MAX, lines.size());
  }

  @Test
  void tracesOfFailuresAreBoundedToo() {
    long begin = System.nanoTime();
    for (int i = 0; i < 1_000; i++) {
      log.error("failure", "it failed", new IllegalStateException("why"));
    }
    await(() -> told("failure") == 1_000, "some weren't counted");
    long seconds = 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    long traces = lines.stream().filter(line -> line.equals("it failed: why")).count();
    assertTrue(traces <= (seconds + 1) * BoundedLog.LINES_MAX, traces + " in " + seconds + " s");
  }

  @Test
  void kindsThatNobodyThoughtOfTakeNoMemory() {
    for (int i = 0; i < 10_000; i++) {
      warn("kind" + i, 1);
    }
    assertTrue(lines.size() < 200, lines.size() + " lines");
  }

  private void warn(String kind, int times) {
    for (int i = 0; i < times; i++) {
      log.warn(kind, () -> "a " + kind);
    }
  }

  /** Events that the lines speak of. */
  private long told(String kind) {
    long told = 0;
    for (String line : lines) {
      Matcher more = MORE.matcher(line);
      told += !more.matches() ? 1 : more.group(2).equals(kind) ? Long.parseLong(more.group(1)) : 0;
    }
    return told;
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition, String otherwise) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.holds()) {
      assertTrue(System.nanoTime() - deadline < 0, otherwise);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Lines implements System.Logger {
    @Override
    public String getName() {
      return "lines";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      lines.add(thrown == null ? "" + message : message + ": " + thrown.getMessage());
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... parameters) {
      lines.add("" + format);
    }
  }
}
