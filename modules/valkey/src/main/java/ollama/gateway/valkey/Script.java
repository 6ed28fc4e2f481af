package ollama.gateway.valkey;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What is done in the store in one step. */
enum Script {
  ADMIT,
  SETTLE,
  BEAT,
  ANNOUNCE,
  LATE,
  GRANT,
  GIVEBACK,
  LOADED,
  PUBLISH;

  private final String text;

  Script() {
    String name = name().toLowerCase(Locale.ROOT) + ".lua";
    try (InputStream in = Script.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " isn't in the module");
      }
      text = withoutComments(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the store is given once for each connection. */
  byte[] text() {
    return Names.bytes(text);
  }

  /** The store keeps the text for as long as it runs. */
  private static String withoutComments(String lua) {
    StringBuilder code = new StringBuilder();
    lua.lines()
        .filter(line -> !line.startsWith("--"))
        .forEach(line -> code.append(line).append('\n'));
    return code.toString();
  }
}
