package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that change one settings file: a gateway, and somebody's {@code key new}. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the processes are started in a way of Unix")
@Timeout(120)
final class TwoWritersTest {
  private static final int KEYS = 60;
  private static final long SOON_MILLIS = 100;

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void makeAFile() throws IOException {
    file = folder.resolve("config.json");
    Files.writeString(file, SettingsFile.with("\"apiKeys\": []"));
  }

  @Test
  void loseNothingOfEachOther() throws Exception {
    WriterProcess processes = new WriterProcess(folder);
    List<Process> started = List.of(processes.times(file, KEYS), processes.times(file, KEYS));

    List<String> said = new ArrayList<>();
    for (Process process : started) {
      process.inputReader(StandardCharsets.UTF_8).lines().forEach(said::add);
      assertEquals(0, process.waitFor());
    }

    assertEquals(2 * KEYS, said.size());
    Set<String> kept =
        new ConfigLoader(Map.of())
            .load(file).config().apiKeys().stream().map(ApiKey::sha256).collect(Collectors.toSet());
    for (String line : said) {
      assertTrue(line.startsWith("REPLACED "), line);
      String key = line.substring("REPLACED ".length());
      assertTrue(kept.contains(ApiKey.ofPlain("a", key, false).sha256()), line);
    }
    assertEquals(2 * KEYS, kept.size());
  }

  @Test
  void waitForEachOtherOnlySoLong() throws Exception {
    String before = Files.readString(file);
    Process holder = new WriterProcess(folder).holding(file);
    try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("LOCKED", output.readLine());
      ConfigWriter impatient = new ConfigWriter(SOON_MILLIS);
      ApiKey key = ApiKey.ofPlain("new", "secret", false);

      IOException e = assertThrows(IOException.class, () -> impatient.appendApiKey(file, key));

      String said = String.valueOf(e.getMessage());
      assertTrue(said.startsWith(file + " can't be written by user "), said);
      assertTrue(said.contains(": another process has kept it locked for 0.1 s: try"), said);
      assertEquals(before, Files.readString(file));
    } finally {
      holder.destroyForcibly().waitFor();
    }
    // The lock has died with its process.
    assertEquals(
        ConfigWriter.Written.REPLACED,
        new ConfigWriter(SOON_MILLIS).appendApiKey(file, ApiKey.ofPlain("new", "secret", false)));
  }

  @Test
  void doNotTakeEachOthersUnfinishedFilesForLeftovers() throws Exception {
    Path unfinished = Files.writeString(folder.resolve(".config.json.7.tmp"), "{}");
    Process holder = new WriterProcess(folder).holding(file);
    try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("LOCKED", output.readLine());

      assertThrows(IOException.class, () -> new ConfigWriter(SOON_MILLIS).deleteLeftovers(file));

      assertTrue(Files.exists(unfinished));
    } finally {
      holder.destroyForcibly().waitFor();
    }
    assertEquals(1, new ConfigWriter().deleteLeftovers(file));
    assertFalse(Files.exists(unfinished));
  }
}
