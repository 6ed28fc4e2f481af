package ollama.gateway.app.log;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;

/**
 * {@code 2026-01-31T12:00:00.123Z INFO message}, an exception's trace below it; coloured by level
 * on a terminal. Control characters are written as {@code \xNN}, so that no request can forge a
 * line or steer a terminal.
 */
final class LineFormat implements LineForm {

  private static final String RESET = "\u001b[0m";

  private final boolean colour;
  private long lastMillis = -1;
  private String lastTime = "";

  LineFormat(boolean colour) {
    this.colour = colour;
  }

  @Override
  public void append(StringBuilder out, LogLine line) {
    out.append(time(line.millis())).append(' ');
    if (colour) {
      out.append(colour(line.level()));
    }
    out.append(name(line.level()));
    if (colour) {
      out.append(RESET);
    }
    out.append(' ');
    appendClean(out, String.valueOf(line.message()));
    out.append('\n');
    Throwable thrown = line.thrown();
    if (thrown != null) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      trace.toString().lines().forEach(traceLine -> appendIndented(out, traceLine));
    }
  }

  @Override
  public void broken(StringBuilder out, RuntimeException why) {
    append(out, LogLine.now(System.Logger.Level.ERROR, "a line can't be logged: " + why));
  }

  @Override
  public void dropped(StringBuilder out, long count) {
    append(out, LogLine.now(System.Logger.Level.WARNING, count + " log lines were dropped"));
  }

  @Override
  public void failed(int count, IOException why) {
    // Where could that be said?
  }

  private String time(long millis) {
    if (millis != lastMillis) {
      lastMillis = millis;
      long second = Math.floorDiv(millis, 1_000L);
      // With a nanosecond more no part is left out for being zero, and then it is cut off again. An
      // Instant would load a formatter, which the first answer would wait for.
      int nanos = (int) (millis - second * 1_000) * 1_000_000 + 1;
      String text = LocalDateTime.ofEpochSecond(second, nanos, ZoneOffset.UTC).toString();
      lastTime = text.substring(0, "2026-01-31T12:00:00.123".length()) + "Z";
    }
    return lastTime;
  }

  /**
   * An exception's message may hold line ends: indented, what follows looks like no line of ours.
   */
  private static void appendIndented(StringBuilder out, String line) {
    out.append("  ");
    appendClean(out, line.replace("\t", "  "));
    out.append('\n');
  }

  private static void appendClean(StringBuilder out, String text) {
    int clean = 0;
    while (clean < text.length() && !isControl(text.charAt(clean))) {
      clean++;
    }
    out.append(text, 0, clean);
    for (int i = clean; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isControl(c)) {
        out.append("\\x");
        HexFormat.of().toHexDigits(out, (byte) c);
      } else {
        out.append(c);
      }
    }
  }

  /** A no-break space as well: some programs that read logs take it for the end of a field. */
  private static boolean isControl(char c) {
    return c < ' ' || (c >= 0x7f && c <= 0xa0);
  }

  private static String name(System.Logger.Level level) {
    return switch (level) {
      case WARNING -> "WARN ";
      case INFO -> "INFO ";
      case ERROR -> "ERROR";
      default -> "DEBUG";
    };
  }

  private static String colour(System.Logger.Level level) {
    return switch (level) {
      case WARNING -> "\u001b[33m";
      case ERROR -> "\u001b[31m";
      case INFO -> "\u001b[32m";
      default -> "\u001b[2m";
    };
  }
}
