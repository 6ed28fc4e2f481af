package ollama.gateway.app.log;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.LongConsumer;
import ollama.gateway.metrics.ModelWork;
import ollama.gateway.proxy.RequestLog;

/** Requests as lines for programs: as text, as JSON, or as Apache and nginx write them. */
final class AccessForm implements LineForm {

  private static final System.Logger LOG = System.getLogger(AccessForm.class.getName());

  private static final DateTimeFormatter COMBINED_TIME =
      DateTimeFormatter.ofPattern("dd/MMM/uuuu:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final long TOLD_EVERY_NANOS = 60_000_000_000L;

  private static final long NANOS_PER_TENTH = 100_000;

  private final LongConsumer lost;
  private volatile String format = "text";
  // Of the writer's thread.
  private long toldNanos = System.nanoTime() - TOLD_EVERY_NANOS;
  private final LineTime time = new LineTime();

  /**
   * One.
   *
   * @param lost is told how many lines nobody will read, from any thread
   */
  AccessForm(LongConsumer lost) {
    this.lost = lost;
  }

  /** Whether what clients say of themselves stands in it; from any thread. */
  boolean hasAgent() {
    return format.equals("combined");
  }

  /** Which of them; from any thread. */
  void format(String name) {
    format = name;
  }

  @Override
  public void append(StringBuilder out, LogLine line) {
    if (line.message() instanceof RequestLog.Entry entry) {
      switch (format) {
        case "json" -> AccessJson.append(out, entry, time.text(line.millis()));
        case "combined" -> combined(out, entry, Instant.ofEpochMilli(line.millis()));
        default -> text(out, entry, time.text(line.millis()));
      }
      out.append('\n');
    }
  }

  @Override
  public void broken(StringBuilder out, RuntimeException why) {
    lost.accept(1);
    LOG.log(System.Logger.Level.ERROR, "a request can't be written to the access log", why);
  }

  /** Counted at once: whoever writes into a pipe that nobody reads may never get on. */
  @Override
  public void refused() {
    lost.accept(1);
  }

  @Override
  public void dropped(StringBuilder out, long count) {
    LOG.log(
        System.Logger.Level.WARNING,
        "the access log isn't written as fast as requests come: lines dropped: " + count);
  }

  @Override
  public void failed(int count, IOException why) {
    lost.accept(count);
    long now = System.nanoTime();
    if (now - toldNanos >= TOLD_EVERY_NANOS) {
      toldNanos = now;
      LOG.log(
          System.Logger.Level.ERROR,
          "the access log can't be written, and its lines are dropped: " + why);
    }
  }

  /** What came of it, in a word. */
  static String outcome(RequestLog.Entry entry) {
    int status = entry.answer().status();
    boolean served = entry.server().attempts() > 0;
    if (status == 499) {
      return "left";
    }
    if (status == 502 && served && !entry.answer().note().isEmpty()) {
      return "cut";
    }
    if (!served && status >= 400) {
      return "refused";
    }
    return status >= 500 ? "failed" : "answered";
  }

  /**
   * What JSON may have as it is, and some programs take for the end of a line or obey: controls
   * beyond ASCII, the no-break space, and Unicode's ends of lines.
   */
  static boolean isTricky(char c) {
    return (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029;
  }

  private static void text(StringBuilder out, RequestLog.Entry entry, String time) {
    RequestLog.Work work = entry.work();
    ModelWork.Tokens tokens = work.tokens();
    out.append(time);
    pair(out, "id", entry.id());
    pair(out, "client", entry.client().address());
    pair(out, "key", entry.client().key());
    pair(out, "method", entry.method());
    pair(out, "route", work.route());
    pair(out, "path", entry.path());
    pair(out, "model", work.modelAsked());
    pair(out, "served", work.modelServed());
    pair(out, "server", entry.server().address());
    out.append(" status=").append(entry.answer().status());
    out.append(" bytes=").append(entry.answer().bodyBytes());
    known(out, " begun=", entry.answer().firstByteNanos());
    known(out, " duration=", entry.answer().durationNanos());
    known(out, " waited=", work.waitedNanos());
    known(out, " first=", work.firstTokenNanos());
    out.append(" input=").append(tokens.input());
    out.append(" cached=").append(tokens.cached());
    out.append(" output=").append(tokens.output());
    out.append(" estimated=").append(tokens.estimated());
    out.append(" attempts=").append(entry.server().attempts());
    pair(out, "outcome", outcome(entry));
    if (!entry.answer().note().isEmpty()) {
      pair(out, "note", entry.answer().note());
    }
  }

  /** A time, where it is known. */
  private static void known(StringBuilder out, String name, long nanos) {
    if (nanos != ModelWork.UNKNOWN) {
      millis(out.append(name), nanos);
      out.append("ms");
    }
  }

  private static void pair(StringBuilder out, String name, String value) {
    out.append(' ').append(name).append('=');
    boolean isPlain = value.indexOf(' ') < 0 && value.indexOf('"') < 0;
    if (value.isEmpty()) {
      out.append('-');
    } else if (isPlain) {
      escaped(out, value);
    } else {
      out.append('"');
      escaped(out, value);
      out.append('"');
    }
  }

  /** Apache's "combined" format; the user is the key's name, without spaces. */
  private static void combined(StringBuilder out, RequestLog.Entry entry, Instant time) {
    RequestLog.Client client = entry.client();
    out.append(client.address()).append(" - ");
    escaped(out, orDash(client.key().replace(' ', '_')));
    out.append(" [").append(COMBINED_TIME.format(time)).append("] \"");
    escaped(out, entry.method());
    out.append(' ');
    escaped(out, entry.path());
    out.append(' ').append(client.version()).append("\" ");
    out.append(entry.answer().status()).append(' ').append(entry.answer().bodyBytes());
    out.append(" \"");
    escaped(out, orDash(client.referer()));
    out.append("\" \"");
    escaped(out, orDash(client.agent()));
    out.append('"');
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  /** As nginx does it: nothing ends a field or a line but what is meant to. */
  private static void escaped(StringBuilder out, String text) {
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isByte = c < ' ' || c == '"' || c == '\\' || (c >= 0x7f && c <= 0xa0);
      if (isByte || isTricky(c)) {
        out.append(text, from, i);
        from = i + 1;
        if (isByte) {
          out.append("\\x");
          HexFormat.of().withUpperCase().toHexDigits(out, (byte) c);
        } else {
          out.append("\\u").append(HexFormat.of().toHexDigits(c));
        }
      }
    }
    out.append(text, from, text.length());
  }

  /** By hand: a formatter takes longer than all else that is done for the line. */
  static void millis(StringBuilder out, long nanos) {
    long tenths = (Math.max(0, nanos) + NANOS_PER_TENTH / 2) / NANOS_PER_TENTH;
    out.append(tenths / 10).append('.').append((char) ('0' + tenths % 10));
  }
}
