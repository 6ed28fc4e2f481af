package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who disables, enables, rotates and deletes keys is killed. */
@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "not checked: an editor that is killed: it is started in a way of Unix")
@Timeout(120)
final class KilledEditorTest {
  private static final int ROUNDS = 6;
  private static final int CHANGES = 8;
  private static final long STEP_NANOS = 300_000;
  private static final String PLAIN = "\"plain\"";

  @TempDir private Path folder;

  @Test
  void leavesTheFileAsItWasBeforeOrAfterItsChange() throws Exception {
    WriterProcess processes = new WriterProcess(folder);
    Path file = folder.resolve("config.json");
    Files.writeString(file, SettingsFile.with("\"apiKeys\": [" + PLAIN + ", " + entry() + "]"));

    for (int round = 0; round < ROUNDS; round++) {
      Process process = processes.editing(file);
      try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
        for (int i = 0; i < CHANGES; i++) {
          assertEquals("REPLACED", output.readLine());
        }
        // Not to wait for anything, but to meet another moment of a write.
        LockSupport.parkNanos(round * STEP_NANOS);
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertUsable(file);
    }
  }

  /** As in a container: nothing can be renamed, and the file becomes shorter, too. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void leavesAFileThatItWritesInPlaceSoThatItCanBeRead(int round) throws Exception {
    Ability.ofMounting().orSay("changing the keys of a settings file that is mounted on its own");
    WriterProcess processes = new WriterProcess(folder);
    Path outside = folder.resolve("outside.json");
    Files.writeString(outside, SettingsFile.with("\"apiKeys\": [" + PLAIN + ", " + entry() + "]"));
    Path inside = Files.createFile(folder.resolve("config.json"));
    Process process = processes.editingMounted(outside, inside);
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < CHANGES + round; i++) {
        assertEquals("IN_PLACE", output.readLine());
      }
      LockSupport.parkNanos(round * STEP_NANOS);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertUsable(outside);
  }

  /** Nobody but the key that comes and goes has changed. */
  private static void assertUsable(Path file) throws Exception {
    List<ApiKey> keys = new ConfigLoader(Map.of()).load(file).config().apiKeys();
    assertEquals(ApiKey.ofText("key-1", "plain"), keys.getFirst());
    assertEquals("alice", keys.get(1).name());
    assertTrue(keys.size() <= 3, keys::toString);
  }

  private static String entry() {
    String digest = ApiKey.ofPlain("alice", "first", false).sha256();
    return "{\"name\": \"alice\", \"sha256\": \"" + digest + "\"}";
  }
}
