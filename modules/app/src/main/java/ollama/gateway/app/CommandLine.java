package ollama.gateway.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import ollama.gateway.app.Arguments.UsageException;

/** Understands the program's arguments. */
final class CommandLine {

  private static final Path DEFAULT_CONFIG = Path.of("config.json");

  private final Arguments arguments;

  private Path config = DEFAULT_CONFIG;
  private Optional<Path> keyFile = Optional.empty();
  private Optional<String> against = Optional.empty();
  private Command.Demo demo = Command.Demo.NO;
  private Optional<String> usageKey = Optional.empty();
  private Optional<String> since = Optional.empty();
  private Command.Form form = Command.Form.TABLE;
  private boolean ready;
  private int waitSeconds;
  private Optional<String> url = Optional.empty();
  private boolean json;
  private boolean once;
  private Optional<String> model = Optional.empty();
  private Optional<String> servers = Optional.empty();

  private CommandLine(Arguments arguments) {
    this.arguments = arguments;
  }

  /**
   * Understands.
   *
   * @throws UsageException when that isn't possible
   */
  static Command parse(String... words) throws UsageException {
    CommandLine line = new CommandLine(new Arguments(List.of(words)));
    String first = words.length == 0 ? "" : words[0];
    if (first.isEmpty() || first.startsWith("-")) {
      return line.options(first);
    }
    return line.command(line.arguments.word());
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
      case "check" -> arguments.read(this::takeCheck) ? check() : new Command.PrintHelp(Help.CHECK);
      case "key" -> new KeyCommandLine(arguments, config).parse();
      case "usage" ->
          arguments.read(this::takeUsage)
              ? new Command.Usage(config, usageKey, since, form)
              : new Command.PrintHelp(Help.USAGE);
      case "health" ->
          arguments.read(this::takeHealth)
              ? new Command.Health(config, ready, waitSeconds)
              : new Command.PrintHelp(Help.HEALTH);
      case "status" ->
          arguments.read(this::takeStatus)
              ? new Command.Status(config, url, keyFile, json)
              : new Command.PrintHelp(Help.STATUS);
      case "top" ->
          arguments.read(this::takeTop)
              ? new Command.Top(config, url, keyFile, once)
              : new Command.PrintHelp(Help.TOP);
      case "pull" -> arguments.read(this::takePull) ? pull() : new Command.PrintHelp(Help.PULL);
      case "version" ->
          arguments.read(_ -> false)
              ? new Command.PrintVersion()
              : new Command.PrintHelp(Help.VERSION);
      case "help" -> new Command.PrintHelp(Help.PROGRAM);
      default -> throw new UsageException("unknown argument: " + word);
    };
  }

  private Command check() throws UsageException {
    if (against.isEmpty() && keyFile.isPresent()) {
      throw new UsageException("--key-file is for asking a running gateway: add --against URL");
    }
    return against.isEmpty()
        ? new Command.Check(config)
        : new Command.CheckAgainst(config, against.get(), keyFile);
  }

  private Command pull() throws UsageException {
    String wanted =
        model.orElseThrow(
            () -> new UsageException("pull needs the name of a model, such as llama3.2"));
    return new Command.Pull(wanted, servers, config, url, keyFile);
  }

  private Command serve() throws UsageException {
    return arguments.read(this::takeServe)
        ? new Command.Serve(config, keyFile, demo)
        : new Command.PrintHelp(Help.SERVE);
  }

  private boolean takeServe(String option) throws UsageException {
    switch (option) {
      case "--key-file" -> keyFile = Optional.of(arguments.path(option));
      case "--demo" -> demo = Command.Demo.ALWAYS;
      case "--demo-if-alone" -> demo = Command.Demo.IF_ALONE;
      case "serve" -> throw new UsageException("the command serve goes before its options");
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeUsage(String option) throws UsageException {
    switch (option) {
      case "--key" -> usageKey = Optional.of(arguments.value(option, "a key's name"));
      case "--since" -> since = Optional.of(arguments.value(option, "a day"));
      case "--csv" -> take(Command.Form.CSV);
      case "--json" -> take(Command.Form.JSON);
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private void take(Command.Form wanted) throws UsageException {
    if (form != Command.Form.TABLE && form != wanted) {
      throw new UsageException("--csv and --json exclude each other: write one of them");
    }
    form = wanted;
  }

  private boolean takeCheck(String option) throws UsageException {
    switch (option) {
      case "--against" -> against = Optional.of(url(option));
      case "--key-file" -> keyFile = Optional.of(arguments.path(option));
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  /** Without a slash at its end. */
  private String url(String option) throws UsageException {
    String value = arguments.value(option, "a URL, such as http://127.0.0.1:8080");
    if (!value.matches("https?://[^/?#@\\s]+(?:/[^?#\\s]*)?")) {
      throw new UsageException(
          option + " needs a URL, such as http://127.0.0.1:8080, but got " + value);
    }
    return value.replaceAll("/+$", "");
  }

  private boolean takeStatus(String option) throws UsageException {
    if (option.equals("--json")) {
      json = true;
      return true;
    }
    return takeGateway(option);
  }

  private boolean takeTop(String option) throws UsageException {
    if (option.equals("--once")) {
      once = true;
      return true;
    }
    return takeGateway(option);
  }

  private boolean takePull(String option) throws UsageException {
    if (option.equals("--servers")) {
      servers = Optional.of(arguments.value(option, "names with commas between them, or all"));
      return true;
    }
    if (!option.startsWith("-") && !option.isEmpty() && model.isEmpty()) {
      model = Optional.of(option);
      return true;
    }
    return takeGateway(option);
  }

  private boolean takeGateway(String option) throws UsageException {
    switch (option) {
      case "--url" -> url = Optional.of(url(option));
      case "--key-file" -> keyFile = Optional.of(arguments.path(option));
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeHealth(String option) throws UsageException {
    switch (option) {
      case "--ready" -> ready = true;
      case "--wait" -> waitSeconds = arguments.seconds(option);
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeConfig(String option) throws UsageException {
    if (option.equals("--config")) {
      config = arguments.path(option);
      return true;
    }
    return false;
  }
}
