package ollama.gateway.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The project's own files. Tests run in their module's folder. */
final class Project {
  static final Path ROOT = Path.of("").toAbsolutePath().resolve("../..").normalize();
  static final Path SOURCES = Path.of("src/main/java/ollama/gateway/config");
  static final String PAGE = "docs/configuration.md";
  static final String SCHEMA = "config.schema.json";

  private Project() {}

  static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }
}
