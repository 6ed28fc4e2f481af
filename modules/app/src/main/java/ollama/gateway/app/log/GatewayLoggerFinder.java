package ollama.gateway.app.log;

import java.lang.System.Logger.Level;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends everything that {@link System.Logger} gets, the JDK's own included, to standard error. */
public final class GatewayLoggerFinder extends System.LoggerFinder {

  private final LogWriter writer;
  private volatile Level threshold = Level.INFO;

  /** Called once, by the service loader. */
  public GatewayLoggerFinder() {
    writer = new LogWriter(System.err, new LineFormat(wantsColour()), "log");
    writer.start();
  }

  private static boolean wantsColour() {
    return Terminal.takesErrors() && System.getenv("NO_COLOR") == null;
  }

  /** The finder in use, if it is this one. */
  public static GatewayLoggerFinder installed() {
    if (System.LoggerFinder.getLoggerFinder() instanceof GatewayLoggerFinder finder) {
      return finder;
    }
    throw new IllegalStateException("another logger finder is in use");
  }

  /** Switches lines below a warning on or off. */
  public void logEvents(boolean on) {
    threshold = on ? Level.INFO : Level.WARNING;
  }

  /** Waits until all lines so far are written, at most so long. */
  public void flush(long atMostMillis) {
    writer.flush(atMostMillis);
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new QueueLogger(name);
  }

  /** Queues; formatting that can wait happens on the writer's thread. */
  private final class QueueLogger implements System.Logger {

    private final String name;

    QueueLogger(String name) {
      this.name = name;
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      return level != Level.OFF && level.getSeverity() >= threshold.getSeverity();
    }

    @Override
    public void log(Level level, Object message) {
      add(level, message, null);
    }

    @Override
    public void log(Level level, Supplier<String> message) {
      add(level, message.get(), null);
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      add(level, String.valueOf(message), thrown);
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... parameters) {
      boolean plain = parameters == null || parameters.length == 0 || format == null;
      add(level, plain ? String.valueOf(format) : MessageFormat.format(format, parameters), null);
    }

    private void add(Level level, Object message, @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        writer.add(new LogLine(System.currentTimeMillis(), level, message, thrown));
      }
    }
  }
}
