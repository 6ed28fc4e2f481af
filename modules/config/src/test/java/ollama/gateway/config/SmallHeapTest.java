package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of any size and content, and heaps that have no room for them: never is it used up. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the processes are started in a way of Unix")
@Timeout(300)
final class SmallHeapTest {
  private static final int KEYS = 100_000;
  private static final String START = "{" + SettingsFile.ADDRESSES;
  private static final String NO_ROOM = "this takes more memory than the gateway has left of its";

  @TempDir private Path folder;

  /** What fills a file up to its bound takes up to 60 times as much once it is read. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "` `              | `}`           | 24",
        "`,\"a\":1`       | `}`           | 300",
        "`,\"apiKeys\":[` | `1,` | 300",
        "`,\"apiKeys\":[` | `[],` | 300",
        "`,\"apiKeys\":[` | `\"${A}\",` | 300",
        "`,\"apiKeys\":[` | `\"k\",` | 300",
      })
  void theLargestFilesAreRefusedWithoutHarm(String first, String second, int heapMebibytes)
      throws Exception {
    Path file = folder.resolve("config.json");
    boolean list = first.endsWith("[");
    fill(file, list ? START + first : START, list ? second : first, list ? "1]}" : "}");

    String said = read(file, heapMebibytes);

    assertTrue(said.startsWith("REFUSED " + file + ": " + NO_ROOM), said);
  }

  @Test
  void aFileWithManyKeysIsReadWithTheHeapThatAGatewayHas() throws Exception {
    Path file = folder.resolve("config.json");
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(START + ", \"apiKeys\": [");
      for (int i = 0; i < KEYS; i++) {
        out.write(
            "%s%n    {\"name\": \"the key of client %d\", \"sha256\": \"%064x\", \"admin\": false}"
                .formatted(i == 0 ? "" : ",", i, i + 1));
      }
      out.write("\n  ]}\n");
    }
    assertTrue(Files.size(file) > 12_000_000, "it is small");

    assertEquals("READ " + KEYS, read(file, 512));
    assertTrue(read(file, 40).contains(NO_ROOM));
  }

  private static void fill(Path file, String start, String unit, String end) throws IOException {
    String block = unit.repeat(10_000);
    int left = ConfigLoader.FILE_BYTES_MAX - start.length() - end.length();
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(start);
      for (; left >= block.length(); left -= block.length()) {
        out.write(block);
      }
      out.write(end);
    }
  }

  private String read(Path file, int heapMebibytes) throws Exception {
    return new WriterProcess(Files.createTempDirectory(folder, "process"))
        .shell(
            "exec $JVM -XX:+ExitOnOutOfMemoryError -Xmx"
                + heapMebibytes
                + "m "
                + LoaderMain.class.getName()
                + " "
                + file
                + " 60000");
  }
}
