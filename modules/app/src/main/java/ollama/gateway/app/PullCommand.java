package ollama.gateway.app;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ConfigException;
import ollama.gateway.ollama.Json;

/** {@code pull}: has the servers of a running gateway pull a model, and shows how they get on. */
final class PullCommand {

  private static final String ALL = "all";
  private static final int LINE_BYTES_MAX = 1 << 20;
  private static final int REASON_BYTES_MAX = 64 * 1024;
  private static final int SHOWN_MAX = 500;
  private static final int FRAME_MILLIS = 200;
  private static final int COLUMNS = 80;
  private static final int LINES = 24;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  PullCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  /**
   * Does it, to the end.
   *
   * @param isTerminal whether there is a place for bars; else there are lines
   * @return the exit status
   */
  int run(Command.Pull asked, boolean isTerminal) {
    AskedGateway gateway;
    try {
      String key =
          RunningGateway.key(
              asked.keyFile(), environment, "pull needs a key that may manage models");
      gateway = AskedGateway.of(asked.config(), asked.url(), key, environment);
    } catch (ConfigException | IOException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    PullDisplay display =
        isTerminal
            ? new PullDisplay.Bars(out, size("COLUMNS", COLUMNS), size("LINES", LINES))
            : new PullDisplay.Lines(out);
    String body = Json.object().put("model", asked.model()).put("stream", true).toString();
    try (ComingAnswer answer = gateway.post(path(asked.servers()), body)) {
      if (answer.status() != 200) {
        return refused(gateway, answer);
      }
      return show(gateway, answer.body(), new PullProgress(named(asked.servers())), display);
    } catch (IOException e) {
      err.println(gateway.name() + " can't be asked: " + e.getMessage());
      return ExitStatus.UNKNOWN;
    }
  }

  private static String path(Optional<String> servers) {
    // A blank is a plus only in forms.
    return "/api/pull"
        + servers
            .map(names -> URLEncoder.encode(names, StandardCharsets.UTF_8).replace("+", "%20"))
            .map(names -> "?servers=" + names)
            .orElse("");
  }

  private static List<String> named(Optional<String> servers) {
    List<String> names = List.of(servers.orElse(ALL).split(","));
    return names.contains(ALL)
        ? List.of()
        : names.stream().map(String::strip).filter(name -> !name.isEmpty()).toList();
  }

  /** What a shell may say; at least one can be drawn on it. */
  private int size(String variable, int otherwise) {
    String value = environment.getOrDefault(variable, "");
    return value.matches("[0-9]{1,4}") && Integer.parseInt(value) > 1
        ? Integer.parseInt(value)
        : otherwise;
  }

  private int show(
      AskedGateway gateway, InputStream body, PullProgress progress, PullDisplay display) {
    Ticker ticker = new Ticker(progress, display);
    String cut = "";
    try (ticker) {
      ticker.start();
      InputStream in = new BufferedInputStream(body);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        ticker.take(tree(line));
      }
    } catch (IOException e) {
      cut = " (" + Clean.line("" + e.getMessage()) + ")";
    }
    if (progress.isDone()) {
      return ExitStatus.DONE;
    }
    String unfinished = gateway.name() + " ended its answer before all was done" + cut;
    String why =
        progress.error().orElse(unfinished + ": what is loaded stays, so run the same again");
    err.println(why);
    return ExitStatus.FAILED;
  }

  private static JsonTree tree(String line) throws IOException {
    try {
      return JsonTree.of(line);
    } catch (IOException e) {
      throw new IOException("this is no progress of a pull: " + Clean.cut(line, SHOWN_MAX), e);
    }
  }

  /** The next line that isn't empty; empty at the end. */
  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && (next != '\n' || line.size() == 0); next = in.read()) {
      if (line.size() >= LINE_BYTES_MAX) {
        throw new IOException("a line of it is longer than 1 MiB");
      }
      if (next != '\n' && next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private int refused(AskedGateway gateway, ComingAnswer answer) throws IOException {
    String text = answer.text(REASON_BYTES_MAX).strip();
    String reason = Clean.cut(Clean.line(reason(text)), SHOWN_MAX);
    String hint =
        switch (answer.status()) {
          case 401 -> "it needs a key of that gateway: name its file with --key-file";
          case 403 -> "ask with an admin key, or one whose endpoints have \"manage\"";
          case 404 -> "is there a gateway at that address?";
          case 429 -> "wait, or ask with a key that may do more";
          default -> "";
        };
    err.println(
        gateway.name()
            + " answered with status "
            + answer.status()
            + (reason.isEmpty() ? "" : ": " + reason)
            + (hint.isEmpty() ? "" : "; " + hint));
    return switch (answer.status()) {
      case 400 -> ExitStatus.WRONG_INPUT;
      case 401, 403, 404 -> ExitStatus.UNKNOWN;
      default -> ExitStatus.FAILED;
    };
  }

  private static String reason(String text) {
    try {
      String error = JsonTree.of(text).get("error").text();
      return error.isEmpty() ? text : error;
    } catch (IOException e) {
      // Not of a gateway.
      return text;
    }
  }

  /** Shows it again and again, since rates change while nothing comes. */
  private static final class Ticker implements AutoCloseable {

    private final PullProgress progress;
    private final PullDisplay display;
    private final Thread thread;
    private boolean ended;

    Ticker(PullProgress progress, PullDisplay display) {
      this.progress = progress;
      this.display = display;
      thread = Thread.ofPlatform().name("progress").daemon().unstarted(this::tick);
    }

    void start() {
      thread.start();
    }

    synchronized void take(JsonTree line) {
      progress.take(line, System.nanoTime());
    }

    /** Returns whether it goes on. */
    private synchronized boolean show() {
      if (!ended) {
        display.show(progress, System.nanoTime());
      }
      return !ended;
    }

    private void tick() {
      try {
        while (show()) {
          Thread.sleep(FRAME_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Shows the end, and nothing behind it. */
    @Override
    public synchronized void close() {
      boolean _ = show();
      ended = true;
      thread.interrupt();
    }
  }
}
