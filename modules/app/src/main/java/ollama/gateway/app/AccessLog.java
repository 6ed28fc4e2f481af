package ollama.gateway.app;

import java.net.InetAddress;
import java.util.List;
import ollama.gateway.app.log.AccessLines;
import ollama.gateway.http.server.AddressText;
import ollama.gateway.proxy.RequestLog;
import ollama.gateway.tracing.Span;

/**
 * One line for each finished request, whose text is made by the log's thread; of those that no
 * server was asked for, as of warnings, a few a second for each status and route, and the number of
 * the rest. What was refused by a limit, and what servers failed, is logged even where requests
 * aren't.
 */
final class AccessLog implements RequestLog {

  private static final System.Logger LOG = System.getLogger("ollama.gateway.access");

  private final BoundedLog lines = new BoundedLog(LOG, System.Logger.Level.INFO);
  private final BoundedLog warnings;
  private final AccessLines programs;
  private final Traces traces;

  /**
   * One.
   *
   * @param warnings for what isn't to be missed
   * @param programs gets each request, if it wants any
   * @param traces gets the spans of those that are traced
   */
  AccessLog(BoundedLog warnings, AccessLines programs, Traces traces) {
    this.warnings = warnings;
    this.programs = programs;
    this.traces = traces;
  }

  @Override
  public void refused(InetAddress client, String reason, String why) {
    warnings.warn(reason, () -> "refused a request of " + AddressText.of(client) + ": " + why);
  }

  @Override
  public void serverFailed(String failure, String server, String route, String id, String why) {
    warnings.warn(
        failure, () -> "server " + server + " failed request " + id + " (" + route + "): " + why);
  }

  @Override
  public void notDone(String what, String id, String why) {
    warnings.warn(what, () -> what + " (request " + id + "): " + why);
  }

  @Override
  public boolean enabled() {
    return programs.isOn() || LOG.isLoggable(System.Logger.Level.INFO);
  }

  @Override
  public boolean wantsAgent() {
    return programs.wantsAgent();
  }

  @Override
  public boolean admits(String kind) {
    return programs.isOn() || lines.admits(kind);
  }

  @Override
  public void finished(Entry entry) {
    boolean isForPrograms = programs.isOn();
    if (isForPrograms) {
      programs.add(entry);
    }
    if (LOG.isLoggable(System.Logger.Level.INFO) && (!isForPrograms || isAdmitted(entry))) {
      LOG.log(System.Logger.Level.INFO, new Line(entry));
    }
  }

  private boolean isAdmitted(Entry entry) {
    return entry.server().attempts() > 0
        || lines.admits(entry.answer().status() + " " + entry.work().route());
  }

  @Override
  public void traced(List<Span> spans, boolean hasKey) {
    traces.add(spans, hasKey);
  }

  private record Line(Entry entry) {

    private static final long NANOS_PER_TENTH = 100_000;

    @Override
    public String toString() {
      // By hand: a formatter takes longer than all else that is done for the line.
      long tenths = (entry.answer().durationNanos() + NANOS_PER_TENTH / 2) / NANOS_PER_TENTH;
      StringBuilder line =
          new StringBuilder(entry.method())
              .append(' ')
              .append(entry.path())
              .append(" status=")
              .append(entry.answer().status())
              .append(" server=")
              .append(orDash(entry.server().address()))
              .append(" duration=")
              .append(tenths / 10)
              .append('.')
              .append(tenths % 10)
              .append("ms")
              .append(" bytes=")
              .append(entry.answer().bodyBytes())
              .append(" client=")
              .append(entry.client().address())
              .append(" key=")
              .append(quotedOrDash(entry.client().key()))
              .append(" id=")
              .append(entry.id());
      if (entry.server().attempts() > 1) {
        line.append(" attempts=").append(entry.server().attempts());
      }
      if (!entry.answer().note().isEmpty()) {
        line.append(" note=\"").append(entry.answer().note()).append('"');
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
