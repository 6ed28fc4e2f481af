package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The committed reference is what the records' Javadoc gives. */
@Timeout(180)
final class ReferenceTest {
  private static final String SOURCE =
      """
      /**
       * The limits.
       *
       * @param fields how many; 10 to 30; default 20
       */
      public record LimitsConfig(int fields) {}
      """;

  @TempDir private Path folder;

  @Test
  void theCommittedFilesAreWhatTheDocumentationGives() throws Exception {
    assertEquals("", generate(Project.SOURCES));

    for (String file : List.of(Project.PAGE, Project.SCHEMA)) {
      assertEquals(
          Files.readString(folder.resolve(file)),
          Project.read(file),
          file + " isn't what the settings' Javadoc says: run make reference and commit it");
    }
  }

  @Test
  void aSettingWhoseDefaultOrBoundsAreNotDocumentedIsRefused() throws Exception {
    assertRefused("; default 20", "", "fields: the documentation names no default");
    assertRefused("; 10 to 30", "", "fields: the documentation names no bounds");
  }

  /** What a type can't hold would stand in the schema, and editors would offer it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int     | default 20            | default 31            | default 31",
        "int     | default 20            | default true          | default true",
        "int     | ; default 20          | , such as {@code 12}; default 20 | example (such as) 12",
        "boolean | ; default 20          | , such as {@code yes}; default true | example (such as)"
            + " yes",
        "boolean | default 20            | default 20            | default 20",
        "String  | default 20            | default 20            | default 20",
      })
  void whatATypeCannotHoldIsRefused(String type, String documented, String instead, String message)
      throws Exception {
    String source = SOURCE.replace("int fields", type + " fields");
    assertRefused(
        source, documented, instead, "fields: no " + type + " can hold the documented " + message);
  }

  private void assertRefused(String documented, String instead, String message) throws Exception {
    assertRefused(SOURCE, documented, instead, message);
  }

  private void assertRefused(String source, String documented, String instead, String message)
      throws Exception {
    Path sources = Files.createDirectories(folder.resolve("sources"));
    Files.writeString(sources.resolve("LimitsConfig.java"), source.replace(documented, instead));

    String printed = generate(sources);

    assertTrue(printed.contains(message), printed);
  }

  /** Returns what the generator printed. */
  private String generate(Path sources) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                Project.ROOT.resolve("reference/Reference.java").toString(),
                sources.toAbsolutePath().toString(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still running");
    } finally {
      process.destroyForcibly();
    }
    // What the JVM says about options of the environment isn't the generator's.
    try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
      return String.join("\n", lines.filter(line -> !line.startsWith("Picked up ")).toList());
    }
  }
}
