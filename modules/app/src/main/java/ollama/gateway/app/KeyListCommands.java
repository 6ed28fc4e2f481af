package ollama.gateway.app;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;

/**
 * {@code key list} and {@code key show}: which keys a settings file has, and never a key itself.
 */
final class KeyListCommands {

  private static final List<String> HEADINGS =
      List.of("NAME", "DIGEST", "ADMIN", "STATE", "EXPIRES", "LIMITS");

  private final Map<String, String> environment;
  private final InstantSource clock;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @param clock what time it is
   */
  KeyListCommands(
      Map<String, String> environment, InstantSource clock, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.clock = clock;
    this.out = out;
    this.err = err;
  }

  /** Prints all keys; returns the exit status. */
  int list(Command.ListKeys asked) {
    Instant now = clock.instant();
    List<KeyView> keys;
    try {
      keys = views(read(asked.config()).entries(), now);
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    if (asked.json()) {
      StringJoiner array = new StringJoiner(",\n  ", "[\n  ", "\n]").setEmptyValue("[]");
      keys.forEach(key -> array.add(key.json()));
      out.println(array);
    } else {
      table(keys);
    }
    return ExitStatus.DONE;
  }

  /** Prints all settings of one key; returns the exit status. */
  int show(Command.ShowKey asked) {
    Instant now = clock.instant();
    try {
      List<ApiKeyList.Entry> found = KeyLookup.find(read(asked.config()), asked.name());
      for (KeyView key : views(found, now)) {
        out.print(asked.json() ? key.json() + "\n" : key.text());
      }
      return ExitStatus.DONE;
    } catch (ConfigException e) {
      err.println(e.getMessage());
    } catch (KeyRefusedException e) {
      err.println(asked.config() + ": " + e.getMessage());
    }
    return ExitStatus.WRONG_INPUT;
  }

  private ApiKeyList read(Path file) throws ConfigException {
    return new ConfigLoader(environment).loadKeys(file);
  }

  private static List<KeyView> views(List<ApiKeyList.Entry> entries, Instant now) {
    return entries.stream().map(entry -> new KeyView(entry, now)).toList();
  }

  private void table(List<KeyView> keys) {
    List<List<String>> rows = new ArrayList<>(List.of(HEADINGS));
    for (KeyView view : keys) {
      ApiKey key = view.key();
      rows.add(
          List.of(
              key.name(),
              KeyLookup.shownDigest(key),
              key.admin() ? "yes" : "no",
              view.state(),
              key.expires().isEmpty() ? "never" : key.expires(),
              view.limits()));
    }
    TextTable.print(rows, out);
  }
}
