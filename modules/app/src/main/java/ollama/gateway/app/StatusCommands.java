package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;

/** {@code status} and {@code top}: what goes on in a running gateway, once and again and again. */
final class StatusCommands {

  private static final String PATH = "/gateway/status";
  private static final long FRAME_MILLIS = 1_000;

  /** To the upper left, and from each line's end and the last one on nothing (ECMA-48). */
  private static final String HOME = "\u001b[H";

  private static final String REST_OF_LINE = "\u001b[K\n";
  private static final String REST_OF_SCREEN = "\u001b[J";

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  StatusCommands(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  /** Asks a gateway. */
  private interface Source {
    String get() throws IOException;
  }

  /** Where the gateway is, and how it is asked. */
  private record Asked(String name, Source source) {
    String get() throws IOException {
      return source.get();
    }
  }

  /** Tells it once; returns the exit status. */
  int status(Command.Status asked) {
    Optional<Asked> gateway = gateway(asked.config(), asked.url(), asked.keyFile());
    if (gateway.isEmpty()) {
      return ExitStatus.WRONG_INPUT;
    }
    try {
      String json = gateway.get().get();
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
    Optional<Asked> gateway = gateway(asked.config(), asked.url(), asked.keyFile());
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
          StatusView view = view(gateway.get().get());
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
          out.print(HOME + screen.replace("\n", REST_OF_LINE) + REST_OF_SCREEN);
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
  private Optional<Asked> gateway(Path config, Optional<String> url, Optional<Path> keyFile) {
    try {
      String key = RunningGateway.key(keyFile, environment, "asking a gateway what goes on");
      if (url.isPresent()) {
        RunningGateway there = new RunningGateway(url.get(), key);
        return Optional.of(new Asked(url.get(), () -> there.get(PATH)));
      }
      GatewayConfig settings = new ConfigLoader(environment).load(config).config();
      List<OwnGateway> own = new ArrayList<>(OwnGateway.of(settings));
      own.removeIf(OwnGateway::wantsCertificate);
      if (settings.tls().redirect()) {
        // Those without TLS only lead there.
        own = own.reversed();
      }
      if (own.isEmpty()) {
        err.println(
            config
                + " has no address to ask at, since the port isn't known or a certificate is"
                + " wanted: name one with --url");
        return Optional.empty();
      }
      List<OwnGateway> found = List.copyOf(own);
      return Optional.of(new Asked(found.getFirst().url(""), () -> ask(found, key)));
    } catch (ConfigException | IOException e) {
      err.println(e.getMessage());
      return Optional.empty();
    }
  }

  /** At the first address that answers. */
  private static String ask(List<OwnGateway> gateways, String key) throws IOException {
    StringJoiner silent = new StringJoiner(", ");
    for (OwnGateway gateway : gateways) {
      OwnGateway.Answer answer;
      try {
        answer = gateway.get(PATH, Optional.of(key));
      } catch (IOException e) {
        silent.add(gateway.url("") + " doesn't answer: " + e.getMessage());
        continue;
      }
      if (answer.status() != 200) {
        throw new IOException(
            "it answered with status " + answer.status() + ": " + Clean.line(answer.text()));
      }
      return answer.text();
    }
    throw new IOException(silent + "; does the gateway run?");
  }
}
