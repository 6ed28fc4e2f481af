package ollama.gateway.app.log;

import java.io.IOException;

/** How lines are written. For the writer's thread alone. */
interface LineForm {

  /** Writes a line. */
  void append(StringBuilder out, LogLine line);

  /** A line couldn't be put into words. */
  void broken(StringBuilder out, RuntimeException why);

  /** So many lines weren't taken, since too many waited. */
  void dropped(StringBuilder out, long count);

  /** So many lines couldn't be written. */
  void failed(int count, IOException why);
}
