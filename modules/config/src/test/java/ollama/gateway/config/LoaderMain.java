package ollama.gateway.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads a settings file in a process of its own, whose heap may be small. */
final class LoaderMain {
  private LoaderMain() {}

  /** Takes the file and the length of a variable A; says what came of it. */
  public static void main(String[] arguments) {
    Map<String, String> environment = new HashMap<>();
    environment.put("A", "x".repeat(Integer.parseInt(arguments[1])));
    try {
      Loaded loaded = new ConfigLoader(environment).load(Path.of(arguments[0]));
      System.out.println("READ " + loaded.config().apiKeys().size());
    } catch (ConfigException e) {
      System.out.println("REFUSED " + e.getMessage());
    }
  }
}
