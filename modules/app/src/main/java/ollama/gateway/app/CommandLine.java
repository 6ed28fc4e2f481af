package ollama.gateway.app;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What was asked for.
 *
 * @param action what to do
 * @param config the settings' file
 * @param keyFile where a key that the gateway makes is kept for the examples it prints
 * @param demo whether to serve from a stand-in Ollama server of the gateway's own
 */
record CommandLine(Action action, Path config, Optional<Path> keyFile, boolean demo) {

  enum Action {
    SERVE,
    VERSION,
    HELP
  }

  static final String HELP =
      """
      Usage: ollama-gateway [serve] [--config PATH] [--demo] [--key-file PATH]
             ollama-gateway version
             ollama-gateway --help

      One address, API keys, limits and metrics for one or more Ollama servers.

        --config PATH    the settings (default ./config.json)
        --demo           serve from a small stand-in Ollama server instead of the configured ones
        --key-file PATH  keep the key that the first start makes here (mode 600), and print
                         examples that use it at each start

      Signals: SIGHUP reads the settings anew; SIGTERM and ctrl-C let running answers finish, a
      second one stops at once. Exit status: 0 stopped as asked, 1 couldn't start, 2 the command
      line or the settings are wrong.

      Examples:
        ollama-gateway --config /etc/ollama-gateway/config.json
        ollama-gateway --demo --key-file ./key
      """;

  /** The command line can't be understood; the message says what to do. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message + "; `ollama-gateway --help` shows what there is");
    }
  }

  static CommandLine parse(String... arguments) throws UsageException {
    Deque<String> left = new ArrayDeque<>(List.of(arguments));
    Action action = Action.SERVE;
    Path config = Path.of("config.json");
    Optional<Path> keyFile = Optional.empty();
    boolean demo = false;
    boolean first = true;
    while (!left.isEmpty()) {
      String argument = left.remove();
      switch (argument) {
        case "serve" -> requireFirst(first, argument);
        case "version", "--version" -> action = Action.VERSION;
        case "help", "--help", "-h" -> action = Action.HELP;
        case "--config" -> config = path(argument, left);
        case "--key-file" -> keyFile = Optional.of(path(argument, left));
        case "--demo" -> demo = true;
        default -> throw new UsageException("unknown argument: " + argument);
      }
      first = false;
    }
    return new CommandLine(action, config, keyFile, demo);
  }

  private static void requireFirst(boolean first, String command) throws UsageException {
    if (!first) {
      throw new UsageException("the command " + command + " goes before its options");
    }
  }

  private static Path path(String option, Deque<String> left) throws UsageException {
    String value = left.poll();
    if (value == null || value.isEmpty()) {
      throw new UsageException(option + " needs a path");
    }
    return Path.of(value);
  }
}
