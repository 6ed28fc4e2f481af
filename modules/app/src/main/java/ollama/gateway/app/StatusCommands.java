package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ConfigException;

/** {@code status} and {@code top}: what goes on in a running gateway, once and again and again. */
final class StatusCommands {

  private static final String PATH = "/gateway/status";
  private static final long FRAME_MILLIS = 1_000;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  StatusCommands(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  /** Tells it once; returns the exit status. */
  int status(Command.Status asked) {
    Optional<AskedGateway> gateway = gateway(asked.config(), asked.url(), asked.keyFile());
    if (gateway.isEmpty()) {
      return ExitStatus.WRONG_INPUT;
    }
    try {
      String json = gateway.get().get(PATH);
      StatusView view = view(json);
      if (asked.json()) {
        out.println(Clean.line(json));
      } else {
        out.print(view.text(gateway.get().name(), Optional.empty(), 1));
      }
      return view.isWell() ? ExitStatus.DONE : ExitStatus.FAILED;
    } catch (IOException e) {
      err.println(gateway.get().name() + " can't be asked: " + e.getMessage());
      return ExitStatus.UNKNOWN;
    }
  }

  /**
   * Tells it each second, in one place, until interrupted.
   *
   * @param isTerminal whether there is a place; else it is told once, with what went on in a second
   * @return the exit status
   */
  int top(Command.Top asked, boolean isTerminal) {
    Optional<AskedGateway> gateway = gateway(asked.config(), asked.url(), asked.keyFile());
    if (gateway.isEmpty()) {
      return ExitStatus.WRONG_INPUT;
    }
    boolean once = asked.once() || !isTerminal;
    Optional<StatusView> before = Optional.empty();
    long beforeNanos = System.nanoTime();
    String screen = "";
    try {
      while (true) {
        long now = System.nanoTime();
        double seconds = Math.max(1e-3, (now - beforeNanos) / 1e9);
        try {
          StatusView view = view(gateway.get().get(PATH));
          screen = view.text(gateway.get().name(), before, seconds);
          if (once && before.isPresent()) {
            out.print(screen);
            return ExitStatus.DONE;
          }
          before = Optional.of(view);
        } catch (IOException e) {
          String why = gateway.get().name() + " can't be asked: " + e.getMessage();
          if (once) {
            err.println(why);
            return ExitStatus.UNKNOWN;
          }
          // It may be about to start again.
          screen = why + "\n";
          before = Optional.empty();
        }
        beforeNanos = now;
        if (!once) {
          out.print(InPlace.frame(screen));
          out.flush();
        }
        Thread.sleep(FRAME_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitStatus.DONE;
    }
  }

  private static StatusView view(String json) throws IOException {
    StatusView view = new StatusView(JsonTree.of(json));
    if (!view.isStatus()) {
      throw new IOException("what answers there isn't a gateway, or an older one");
    }
    return view;
  }

  /** Empty when the command line, the settings or the key are wrong, which is said. */
  private Optional<AskedGateway> gateway(
      Path config, Optional<String> url, Optional<Path> keyFile) {
    try {
      String key =
          RunningGateway.key(
              keyFile, environment, "asking a gateway what goes on needs an admin key");
      return Optional.of(AskedGateway.of(config, url, key, environment));
    } catch (ConfigException | IOException e) {
      err.println(e.getMessage());
      return Optional.empty();
    }
  }
}
