package ollama.gateway.app.log;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;
import ollama.gateway.config.AccessLogConfig;
import ollama.gateway.proxy.RequestLog;

/**
 * The log of requests for programs, written by a thread of its own: neither a full disk nor a pipe
 * that nobody reads slows a request. What can't be written is counted.
 */
public final class AccessLines {

  private static final long FLUSH_MILLIS = 1_000;

  private final AccessFile file;
  private final AccessForm form;
  private final LogWriter writer;
  private volatile boolean on;
  private boolean started;

  /**
   * None are wanted yet.
   *
   * @param standard where lines go that have no file
   * @param lost is told how many lines nobody will read
   */
  public AccessLines(OutputStream standard, LongConsumer lost) {
    file = new AccessFile(standard);
    form = new AccessForm(lost);
    writer = new LogWriter(file, form, "access-log");
  }

  /**
   * Writes so from now on; a file is opened anew.
   *
   * @param folder below which a relative file is
   */
  public synchronized void configure(AccessLogConfig config, Path folder) {
    Optional<Path> path =
        config.file().isEmpty() ? Optional.empty() : Optional.of(folder.resolve(config.file()));
    if (config.isOn()) {
      path.ifPresent(AccessFile::test);
    }
    file.set(path, config.maxBytes());
    form.format(config.format());
    if (config.isOn() && !started) {
      started = true;
      writer.start();
    }
    on = config.isOn();
    if (started && !on) {
      file.set(Optional.empty(), 0);
      // No request, so that nothing is written, but the file is let go of.
      writer.add(LogLine.now(System.Logger.Level.INFO, ""));
    }
  }

  /** Whether any are wanted. */
  public boolean isOn() {
    return on;
  }

  /** Whether what clients say of themselves is wanted. */
  public boolean wantsAgent() {
    return on && form.hasAgent();
  }

  /** Takes a request that has ended; never blocks. */
  public void add(RequestLog.Entry entry) {
    if (on) {
      writer.add(LogLine.now(System.Logger.Level.INFO, entry));
    }
  }

  /** Waits until all lines so far are written, a second at most. */
  public synchronized void flush() {
    if (started) {
      writer.flush(FLUSH_MILLIS);
    }
  }
}
