package ollama.gateway.app.log;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person looks on. */
public final class Terminal {

  private Terminal() {}

  /** Whether both standard input and standard output are a terminal's. */
  @SuppressWarnings("SystemConsoleNull") // it is, in an image whose java.base has no terminal
  public static boolean isThere() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** The same, and standard error goes there too, as far as this system tells. */
  static boolean takesErrors() {
    if (!isThere()) {
      return false;
    }
    try {
      String errors = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return errors.startsWith("/dev/pts/") || errors.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      // No such folder here: most leave standard error where the others are.
      return true;
    }
  }
}
