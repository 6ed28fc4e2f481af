package ollama.gateway.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import ollama.gateway.app.Arguments.UsageException;

/** Understands what stands behind {@code key}. */
final class KeyCommandLine {

  private static final String EXAMPLES = "such as 500, 500k, 1M or 2G";

  private final Arguments arguments;
  private Path config;

  private Optional<String> name = Optional.empty();
  private Optional<Duration> overlap = Optional.empty();
  private boolean json;
  private boolean force;
  private boolean admin;
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, List<String>> lists = new LinkedHashMap<>();
  private final Map<String, Long> numbers = new LinkedHashMap<>();
  private final Map<String, Map<String, Long>> objects = new LinkedHashMap<>();

  KeyCommandLine(Arguments arguments, Path config) {
    this.arguments = arguments;
    this.config = config;
  }

  Command parse() throws UsageException {
    String what = arguments.word();
    return switch (what) {
      case "new" -> arguments.read(this::takeNew) ? newKey() : new Command.PrintHelp(KeyHelp.NEW);
      case "list" ->
          arguments.read(this::takeList)
              ? new Command.ListKeys(config, json)
              : new Command.PrintHelp(KeyHelp.LIST);
      case "show" ->
          arguments.read(option -> takeList(option) || takeName(option))
              ? new Command.ShowKey(config, named(what), json)
              : new Command.PrintHelp(KeyHelp.SHOW);
      case "disable" ->
          arguments.read(this::takeForced)
              ? new Command.SwitchKey(config, named(what), false, force)
              : new Command.PrintHelp(KeyHelp.DISABLE);
      case "enable" ->
          arguments.read(option -> takeConfig(option) || takeName(option))
              ? new Command.SwitchKey(config, named(what), true, false)
              : new Command.PrintHelp(KeyHelp.ENABLE);
      case "rotate" ->
          arguments.read(this::takeRotate)
              ? new Command.RotateKey(config, named(what), overlap)
              : new Command.PrintHelp(KeyHelp.ROTATE);
      case "delete" ->
          arguments.read(this::takeForced)
              ? new Command.DeleteKey(config, named(what), force)
              : new Command.PrintHelp(KeyHelp.DELETE);
      case "--help", "-h" -> new Command.PrintHelp(KeyHelp.KEY);
      case "" ->
          throw new UsageException(
              "the command key needs what to do: new, list, show, disable, enable, rotate or"
                  + " delete");
      default -> throw new UsageException("unknown argument: key " + what);
    };
  }

  private Command newKey() {
    return new Command.NewKey(config, name, new KeySettings(admin, texts, lists, numbers, objects));
  }

  private String named(String what) throws UsageException {
    return name.orElseThrow(
        () -> new UsageException("key " + what + " needs the key's name, as `key list` shows it"));
  }

  private boolean takeNew(String option) throws UsageException {
    switch (option) {
      case "--name" -> name = Optional.of(arguments.value(option, "a name"));
      case "--admin" -> admin = true;
      case "--expires" -> texts.put(KeySettings.EXPIRES, expires(option));
      case "--models" -> addList(KeySettings.MODELS, option, "names or patterns");
      case "--endpoints" -> addList(KeySettings.ENDPOINTS, option, "groups of endpoints");
      case "--priority" -> texts.put(KeySettings.PRIORITY, arguments.value(option, "a class"));
      case "--max-concurrent-requests" -> numbers.put(KeySettings.CONCURRENT, number(option));
      case "--allow-ips" -> addList(KeySettings.ALLOW_IPS, option, "addresses or ranges");
      case "--tokens-per-minute" -> tokens("perMinute", option);
      case "--tokens-per-day" -> tokens("perDay", option);
      case "--tokens-per-month" -> tokens("perMonth", option);
      case "--rate-limit" -> objects.put(KeySettings.RATE_LIMIT, rateLimit(option));
      default -> {
        return takeConfig(option);
      }
    }
    return true;
  }

  private boolean takeList(String option) throws UsageException {
    if (option.equals("--json")) {
      json = true;
      return true;
    }
    return takeConfig(option);
  }

  private boolean takeForced(String option) throws UsageException {
    if (option.equals("--force")) {
      force = true;
      return true;
    }
    return takeConfig(option) || takeName(option);
  }

  private boolean takeRotate(String option) throws UsageException {
    if (option.equals("--overlap")) {
      String value = arguments.value(option, "a duration, such as 24h");
      overlap =
          Optional.of(
              Quantities.duration(value)
                  .orElseThrow(() -> notADuration(option, value, "such as 45m, 24h, 7d or 2w")));
      return true;
    }
    return takeConfig(option) || takeName(option);
  }

  private boolean takeConfig(String option) throws UsageException {
    if (option.equals("--config")) {
      config = arguments.path(option);
      return true;
    }
    return false;
  }

  private boolean takeName(String word) {
    if (word.startsWith("-") || name.isPresent()) {
      return false;
    }
    name = Optional.of(word);
    return true;
  }

  /** Checked here as far as it is a duration; the reader of the settings knows the rest. */
  private String expires(String option) throws UsageException {
    String value = arguments.value(option, "a day, a time or a duration, such as 90d");
    if (value.matches("[0-9]+[A-Za-z]+") && Quantities.duration(value).isEmpty()) {
      throw notADuration(option, value, "such as 24h, 90d or 12w, or a day such as 2027-06-30");
    }
    return value;
  }

  private static UsageException notADuration(String option, String value, String examples) {
    return new UsageException(
        option + " needs a duration up to 100 years, " + examples + ", but got " + value);
  }

  private void tokens(String window, String option) throws UsageException {
    objects
        .computeIfAbsent(KeySettings.TOKENS, _ -> new LinkedHashMap<>())
        .put(window, number(option));
  }

  private long number(String option) throws UsageException {
    String value = arguments.value(option, "a number, " + EXAMPLES);
    OptionalLong number = Quantities.number(value);
    if (number.isEmpty()) {
      throw new UsageException(
          option + " needs a whole number, " + EXAMPLES + ", but got " + value);
    }
    if (number.getAsLong() == 0) {
      throw new UsageException(
          option
              + " needs a number from 1 on, but got "
              + value
              + ": that would be no limit; for none, leave the option out");
    }
    return number.getAsLong();
  }

  private Map<String, Long> rateLimit(String option) throws UsageException {
    String value = arguments.value(option, "REQUESTS/SECONDS, such as 60/60");
    int slash = Math.max(value.indexOf('/'), 0);
    OptionalLong requests = Quantities.number(value.substring(0, slash));
    String window = value.substring(Math.min(slash + 1, value.length()));
    OptionalLong seconds = Quantities.number(window);
    if (requests.isEmpty() || seconds.isEmpty()) {
      throw new UsageException(
          option + " needs requests and seconds, such as 60/60, but got " + value);
    }
    if (requests.getAsLong() == 0 || seconds.getAsLong() == 0) {
      throw new UsageException(
          option
              + " needs at least 1 request in at least 1 second, but got "
              + value
              + ": for no limit of its own, leave the option out");
    }
    Map<String, Long> limit = new LinkedHashMap<>();
    limit.put("maxRequests", requests.getAsLong());
    limit.put("timeWindowSeconds", seconds.getAsLong());
    return limit;
  }

  private void addList(String setting, String option, String what) throws UsageException {
    String value = arguments.valueOfMany(option, what + ", with commas between them");
    List<String> items = new ArrayList<>(lists.getOrDefault(setting, List.of()));
    for (String item : value.split(",", -1)) {
      if (item.isBlank()) {
        throw new UsageException(
            option + " needs " + what + " with one comma between them, but got " + value);
      }
      items.add(item.strip());
    }
    lists.put(setting, items);
  }
}
