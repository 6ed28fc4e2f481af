package ollama.gateway.app.log;

import org.jspecify.annotations.Nullable;

/**
 * One event on its way to the log.
 *
 * @param millis when, since 1970
 * @param level how grave
 * @param message what; its text is asked for by the writer's thread
 * @param thrown the exception that belongs to it
 */
record LogLine(long millis, System.Logger.Level level, Object message, @Nullable Throwable thrown) {

  static LogLine now(System.Logger.Level level, Object message) {
    return new LogLine(System.currentTimeMillis(), level, message, null);
  }
}
