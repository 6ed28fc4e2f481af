package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "not checked: a writer that is killed: it is started in a way of Unix")
@Timeout(120)
final class KilledWriterTest {
  private static final int ROUNDS = 8;
  private static final long STEP_NANOS = 300_000;

  @TempDir private Path folder;

  @Test
  void aKilledWriterLosesNothingThatItSaidIsThere() throws Exception {
    WriterProcess processes = new WriterProcess(folder);
    Path file = folder.resolve("config.json");
    Files.writeString(file, SettingsFile.with("\"apiKeys\": []"));

    int before = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<String> said = killedAfter(processes.endlessly(file), 5, round * STEP_NANOS);

      Set<String> kept =
          new ConfigLoader(Map.of())
              .load(file).config().apiKeys().stream()
                  .map(ApiKey::sha256)
                  .collect(Collectors.toSet());
      for (String key : said) {
        assertTrue(kept.contains(ApiKey.ofPlain("a", key, false).sha256()), key);
      }
      // Whole, the old file or a new one: nothing but what was appended, nothing lost.
      assertTrue(kept.size() >= before + said.size(), kept::toString);
      before = kept.size();
    }
    // What the next start of a gateway does.
    int _ = new ConfigWriter().deleteLeftovers(file);
    assertEquals(Set.of("classes", "config.json"), names());
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  /** Kills so long after the last key that was awaited, in the middle of writing a later one. */
  private static List<String> killedAfter(Process process, int keys, long nanos) throws Exception {
    List<String> said = new ArrayList<>();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < keys; i++) {
        String[] words = String.valueOf(output.readLine()).split(" ", -1);
        assertEquals("REPLACED", words[0], String.join(" ", words));
        said.add(words[1]);
      }
      // Not to wait for anything, but to meet another moment of a write.
      LockSupport.parkNanos(nanos);
    } finally {
      process.destroyForcibly().waitFor();
    }
    return said;
  }
}
