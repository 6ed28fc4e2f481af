package ollama.gateway.app;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Understands the program's arguments. */
final class CommandLine {

  private static final Path DEFAULT_CONFIG = Path.of("config.json");

  /** What is left to be understood. */
  private final Deque<String> left;

  private Path config = DEFAULT_CONFIG;
  private Optional<Path> keyFile = Optional.empty();
  private Optional<String> name = Optional.empty();
  private Command.Demo demo = Command.Demo.NO;
  private boolean admin;
  private boolean ready;
  private int waitSeconds;

  private CommandLine(Deque<String> left) {
    this.left = left;
  }

  /** The command line can't be understood; the message says what to do. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message + "; `ollama-gateway --help` shows what there is");
    }
  }

  /** One option of a command: takes its value, if it has one. */
  private interface Option {
    /** Returns whether it knows the option. */
    boolean take(String option) throws UsageException;
  }

  /**
   * Understands.
   *
   * @throws UsageException when that isn't possible
   */
  static Command parse(String... arguments) throws UsageException {
    CommandLine line = new CommandLine(new ArrayDeque<>(List.of(arguments)));
    String first = arguments.length == 0 ? "" : arguments[0];
    if (first.isEmpty() || first.startsWith("-")) {
      return line.options(first);
    }
    line.left.remove();
    return line.command(first);
  }

  private Command options(String first) throws UsageException {
    return switch (first) {
      case "--version" -> new Command.PrintVersion();
      case "--help", "-h" -> new Command.PrintHelp(Help.PROGRAM);
      default -> serve();
    };
  }

  private Command command(String word) throws UsageException {
    return switch (word) {
      case "serve" -> serve();
      case "check" ->
          read(this::takeConfig) ? new Command.Check(config) : new Command.PrintHelp(Help.CHECK);
      case "key" -> key();
      case "health" ->
          read(this::takeHealth)
              ? new Command.Health(config, ready, waitSeconds)
              : new Command.PrintHelp(Help.HEALTH);
      case "version" ->
          read(_ -> false) ? new Command.PrintVersion() : new Command.PrintHelp(Help.VERSION);
      case "help" -> new Command.PrintHelp(Help.PROGRAM);
      default -> throw new UsageException("unknown argument: " + word);
    };
  }

  private Command serve() throws UsageException {
    return read(this::takeServe)
        ? new Command.Serve(config, keyFile, demo)
        : new Command.PrintHelp(Help.SERVE);
  }

  private Command key() throws UsageException {
    String what = left.isEmpty() ? "" : left.remove();
    return switch (what) {
      case "new" ->
          read(this::takeNewKey)
              ? new Command.NewKey(config, name, admin)
              : new Command.PrintHelp(Help.KEY);
      case "--help", "-h" -> new Command.PrintHelp(Help.KEY);
      case "" -> throw new UsageException("the command key needs what to do: new");
      default -> throw new UsageException("unknown argument: key " + what);
    };
  }

  /** Reads options to the end; false when one of them asks for help. */
  private boolean read(Option known) throws UsageException {
    while (!left.isEmpty()) {
      String option = left.remove();
      if (option.equals("--help") || option.equals("-h")) {
        return false;
      }
      if (!known.take(option)) {
        throw new UsageException("unknown argument: " + option);
      }
    }
    return true;
  }

  private boolean takeServe(String option) throws UsageException {
    switch (option) {
      case "--key-file" -> keyFile = Optional.of(path(option));
      case "--demo" -> demo = Command.Demo.ALWAYS;
      case "--demo-if-alone" -> demo = Command.Demo.IF_ALONE;
      case "serve" -> throw new UsageException("the command serve goes before its options");
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeNewKey(String option) throws UsageException {
    switch (option) {
      case "--name" -> name = Optional.of(value(option, "a name"));
      case "--admin" -> admin = true;
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeHealth(String option) throws UsageException {
    switch (option) {
      case "--ready" -> ready = true;
      case "--wait" -> waitSeconds = seconds(option);
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeConfig(String option) throws UsageException {
    if (option.equals("--config")) {
      config = path(option);
      return true;
    }
    return false;
  }

  private int seconds(String option) throws UsageException {
    String value = value(option, "a number of seconds");
    if (!value.matches("[0-9]{1,5}")) {
      throw new UsageException(option + " needs whole seconds up to 99999 but got " + value);
    }
    return Integer.parseInt(value);
  }

  private Path path(String option) throws UsageException {
    String value = value(option, "a path");
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new UsageException(option + " " + value + " can't be a path: " + e.getReason());
    }
  }

  private String value(String option, String what) throws UsageException {
    String value = left.poll();
    if (value == null || value.isEmpty()) {
      throw new UsageException(option + " needs " + what);
    }
    return value;
  }
}
