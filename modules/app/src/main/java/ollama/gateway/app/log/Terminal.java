package ollama.gateway.app.log;

import java.io.Console;

/** Whether a person looks on. */
public final class Terminal {

  private Terminal() {}

  /** Whether both standard input and standard output are a terminal's. */
  @SuppressWarnings("SystemConsoleNull") // it is, in an image whose java.base has no terminal
  public static boolean isThere() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
