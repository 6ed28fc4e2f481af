package ollama.gateway.app;

import java.util.Locale;
import ollama.gateway.proxy.RequestLog;

/** One line for each finished request; its text is made by the log's thread. */
final class AccessLog implements RequestLog {

  private static final System.Logger LOG = System.getLogger("ollama.gateway.access");

  @Override
  public boolean enabled() {
    return LOG.isLoggable(System.Logger.Level.INFO);
  }

  @Override
  public void finished(Entry entry) {
    LOG.log(System.Logger.Level.INFO, new Line(entry));
  }

  private record Line(Entry entry) {

    @Override
    public String toString() {
      StringBuilder line =
          new StringBuilder(entry.method())
              .append(' ')
              .append(entry.path())
              .append(" status=")
              .append(entry.status())
              .append(" server=")
              .append(orDash(entry.server()))
              .append(" duration=")
              .append(String.format(Locale.ROOT, "%.1fms", entry.durationNanos() / 1e6))
              .append(" bytes=")
              .append(entry.bodyBytes())
              .append(" client=")
              .append(entry.client())
              .append(" key=")
              .append(quotedOrDash(entry.key()))
              .append(" id=")
              .append(entry.id());
      if (entry.attempts() > 1) {
        line.append(" attempts=").append(entry.attempts());
      }
      if (!entry.note().isEmpty()) {
        line.append(" note=\"").append(entry.note()).append('"');
      }
      return line.toString();
    }

    /** A key's name is free text. */
    private static String quotedOrDash(String text) {
      return text.isEmpty() ? "-" : text.indexOf(' ') < 0 ? text : '"' + text + '"';
    }

    private static String orDash(String text) {
      return text.isEmpty() ? "-" : text;
    }
  }
}
