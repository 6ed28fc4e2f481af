package ollama.gateway.config;

import java.io.IOException;
import java.nio.file.Path;

/** Appends keys in a process of its own and says on its output what came of each. */
final class WriterMain {
  static final String ENDLESSLY = "endlessly";

  private WriterMain() {}

  /** Takes the file, and a key or {@link #ENDLESSLY}. */
  public static void main(String[] arguments) {
    ConfigWriter writer = new ConfigWriter();
    Path file = Path.of(arguments[0]);
    String key = arguments[1];
    if (!key.equals(ENDLESSLY)) {
      System.out.println(append(writer, file, key));
      return;
    }
    for (int i = 0; ; i++) {
      String made = "key-number-" + System.nanoTime() + "-" + i;
      System.out.println(append(writer, file, made) + " " + made);
    }
  }

  private static String append(ConfigWriter writer, Path file, String key) {
    try {
      return writer.appendApiKey(file, key).toString();
    } catch (IOException | ConfigException e) {
      return "FAILED " + e.getMessage();
    }
  }
}
