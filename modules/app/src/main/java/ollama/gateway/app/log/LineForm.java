package ollama.gateway.app.log;

import java.io.IOException;

/** How lines are written. For the writer's thread alone, but for {@link #refused}. */
interface LineForm {

  /** Writes a line. */
  void append(StringBuilder out, LogLine line);

  /** A line couldn't be put into words. */
  void broken(StringBuilder out, RuntimeException why);

  /**
   * A line isn't taken, since too many wait. From any thread, and while the writer may be stuck: it
   * must neither block nor take long.
   */
  default void refused() {}

  /** So many lines weren't taken, since too many waited; told once the writer gets on. */
  void dropped(StringBuilder out, long count);

  /** So many lines couldn't be written. */
  void failed(int count, IOException why);
}
