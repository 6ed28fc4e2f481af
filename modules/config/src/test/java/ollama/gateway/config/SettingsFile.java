package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Reads settings that stand in a test. */
final class SettingsFile {
  static final String ADDRESSES = "\"ollamaAddresses\": [\"http://localhost:11434\"]";

  /** Stands in a test's JSON before the place that a problem must name, and isn't read. */
  static final String HERE = "→";

  /** What is said of keys that aren't digests. */
  static final String IN_THE_CLEAR = "here in the clear";

  private SettingsFile() {}

  /** A file with addresses and these members. */
  static String with(String members) {
    return "{\n  " + ADDRESSES + ",\n  " + members + "\n}\n";
  }

  static Loaded load(String json) {
    return load(json, Map.of());
  }

  static Loaded load(String json, Map<String, String> environment) {
    try {
      return parse(json, environment);
    } catch (ConfigException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  /** The warnings of a file, but for the one that keys stand there in the clear. */
  static List<ConfigProblem> warnings(Loaded loaded) {
    return loaded.warnings().stream().filter(w -> !w.message().contains(IN_THE_CLEAR)).toList();
  }

  /** The settings of a file that gives no warning. */
  static GatewayConfig config(String json) {
    Loaded loaded = load(json);
    assertEquals(List.of(), warnings(loaded));
    return loaded.config();
  }

  static ConfigException refused(String json) {
    return refused(json, Map.of());
  }

  static ConfigException refused(String json, Map<String, String> environment) {
    return assertThrows(ConfigException.class, () -> parse(json, environment));
  }

  /** The file has exactly one problem, where the arrow stands. */
  static void assertProblem(String markedJson, String path, String messagePart) {
    ConfigException e = refused(markedJson.replace(HERE, ""));
    assertEquals(1, e.problems().size(), e.getMessage());
    assertProblem(markedJson, e.problems().getFirst(), path, messagePart);
  }

  /** The file has exactly one warning, where the arrow stands; returns its settings. */
  static GatewayConfig assertWarning(String markedJson, String path, String messagePart) {
    Loaded loaded = load(markedJson.replace(HERE, ""));
    List<ConfigProblem> warnings =
        messagePart.contains(IN_THE_CLEAR) ? loaded.warnings() : warnings(loaded);
    assertEquals(1, warnings.size(), warnings.toString());
    assertProblem(markedJson, warnings.getFirst(), path, messagePart);
    return loaded.config();
  }

  private static void assertProblem(
      String markedJson, ConfigProblem problem, String path, String messagePart) {
    List<String> lines = markedJson.lines().toList();
    int line = 0;
    while (!lines.get(line).contains(HERE)) {
      line++;
    }
    assertEquals(path, problem.path());
    assertEquals(
        (line + 1) + ":" + (lines.get(line).indexOf(HERE) + 1),
        problem.line() + ":" + problem.column(),
        problem.message());
    assertTrue(problem.message().contains(messagePart), problem.message());
  }

  private static Loaded parse(String json, Map<String, String> environment) throws ConfigException {
    return new ConfigLoader(environment)
        .parse("config.json", json.getBytes(StandardCharsets.UTF_8));
  }
}
