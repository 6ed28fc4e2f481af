package ollama.gateway.app.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogTest {

  /** 2026-01-31T12:00:00.123Z. */
  private static final long MILLIS = 1_769_860_800_123L;

  @ParameterizedTest
  @CsvSource({
    "INFO,    '2026-01-31T12:00:00.123Z INFO  text'",
    "WARNING, '2026-01-31T12:00:00.123Z WARN  text'",
    "ERROR,   '2026-01-31T12:00:00.123Z ERROR text'",
    "DEBUG,   '2026-01-31T12:00:00.123Z DEBUG text'",
  })
  void aLineHasTimeLevelAndMessage(Level level, String line) {
    assertEquals(line + "\n", formatted(false, new LogLine(MILLIS, level, "text", null)));
  }

  @Test
  void aWholeSecondHasItsZeros() {
    assertTrue(
        formatted(false, new LogLine(MILLIS - 123, Level.INFO, "x", null))
            .startsWith("2026-01-31T12:00:00.000Z "));
  }

  @Test
  void onATerminalTheLevelIsColoured() {
    assertEquals(
        "2026-01-31T12:00:00.123Z \u001b[33mWARN \u001b[0m text\n",
        formatted(true, new LogLine(MILLIS, Level.WARNING, "text", null)));
  }

  @Test
  void noMessageCanForgeALineOrSteerATerminal() {
    String line =
        formatted(
            false,
            new LogLine(MILLIS, Level.INFO, "a\nb\r\u001b[2J\u0000\u007f\u0085\u009b\tc", null));
    assertTrue(line.endsWith(" INFO  a\\x0ab\\x0d\\x1b[2J\\x00\\x7f\\x85\\x9b\\x09c\n"), line);
    assertEquals(1, line.chars().filter(c -> c == '\n').count());
  }

  @Test
  void anExceptionHasItsTraceBelowAndCannotForgeALineEither() {
    Exception thrown =
        new IllegalStateException("why\n2026-01-31T12:00:00.123Z INFO  forged\u001b");
    List<String> lines =
        formatted(false, new LogLine(MILLIS, Level.ERROR, "text", thrown)).lines().toList();
    assertEquals("2026-01-31T12:00:00.123Z ERROR text", lines.getFirst());
    assertEquals("  java.lang.IllegalStateException: why", lines.get(1));
    assertEquals("  2026-01-31T12:00:00.123Z INFO  forged\\x1b", lines.get(2));
    assertTrue(lines.get(3).matches("    at .*LogTest\\..*"), lines.get(3));
  }

  @Test
  void linesOfOneThreadKeepTheirOrderAndNoneIsLost() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LogWriter writer = new LogWriter(out, new LineFormat(false), "log");
    writer.start();
    List<String> messages = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      messages.add("message " + i);
      writer.add(LogLine.now(Level.INFO, "message " + i));
    }
    writer.flush(20_000);
    List<String> written =
        out.toString(StandardCharsets.UTF_8)
            .lines()
            .map(line -> line.substring(line.indexOf("message")))
            .toList();
    assertEquals(messages, written);
  }

  @Test
  void aMessagesTextIsMadeByTheWritersThread() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LogWriter writer = new LogWriter(out, new LineFormat(false), "log");
    writer.start();
    Object message =
        new Object() {
          @Override
          public String toString() {
            return "made by " + Thread.currentThread().getName();
          }
        };
    writer.add(LogLine.now(Level.INFO, message));
    writer.flush(20_000);
    assertTrue(out.toString(StandardCharsets.UTF_8).endsWith(" made by log\n"));
  }

  @Test
  void whenTheOutputIsStuckLinesAreDroppedAndCountedInsteadOfWaitedFor() {
    CountDownLatch stuck = new CountDownLatch(1);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("only whole lines");
          }

          @Override
          public void write(byte[] bytes, int from, int count) throws IOException {
            try {
              stuck.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            all.write(bytes, from, count);
          }
        };
    LogWriter writer = new LogWriter(out, new LineFormat(false), "log");
    writer.start();
    for (int i = 0; i < 20_000; i++) {
      writer.add(LogLine.now(Level.INFO, "message " + i));
    }
    stuck.countDown();
    writer.flush(20_000);
    writer.add(LogLine.now(Level.INFO, "the last"));
    writer.flush(20_000);
    String text = all.toString(StandardCharsets.UTF_8);
    long lines = text.lines().filter(line -> line.contains(" message ")).count();
    assertTrue(lines >= 10_000 && lines < 20_000, lines + " lines");
    long dropped =
        text.lines()
            .filter(line -> line.endsWith(" log lines were dropped"))
            .mapToLong(line -> Long.parseLong(line.replaceAll(".* WARN {2}(\\d+) .*", "$1")))
            .sum();
    assertEquals(20_000, lines + dropped);
  }

  private static String formatted(boolean colour, LogLine line) {
    StringBuilder out = new StringBuilder();
    new LineFormat(colour).append(out, line);
    return out.toString();
  }
}
