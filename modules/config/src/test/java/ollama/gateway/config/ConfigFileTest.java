package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigFileTest {
  private static final String JSON = "{" + SettingsFile.ADDRESSES + "}";

  @TempDir private Path folder;

  @Test
  void aFileIsReadWithOrWithoutByteOrderMark() throws Exception {
    Path file = folder.resolve("config.json");
    Files.writeString(file, JSON);
    Loaded plain = loader().load(file);
    Files.writeString(file, "\ufeff" + JSON);

    assertEquals(plain, loader().load(file));
  }

  @Test
  void aMissingFileSaysWhatToDo() {
    Path file = folder.resolve("config.json");

    assertRefused(file, file + ": there is no such file: create it");
  }

  @Test
  void aFolderIsNoFile() throws IOException {
    Path file = Files.createDirectory(folder.resolve("config.json"));

    assertRefused(file, file + ": this is a folder, not a file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkfifo", "ln -s /dev/zero", "ln -s /dev/null"})
  void whatIsNoRegularFileIsRefusedAtOnce(String make) throws Exception {
    Path file = folder.resolve("config.json");
    Process made = new ProcessBuilder("sh", "-c", make + " " + file).start();
    assertEquals(0, made.waitFor());

    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertRefused(file, file + ": this is a pipe, a socket or a device: write the settings");
          ApiKey key = ApiKey.ofPlain("new", "secret", false);
          assertThrows(ConfigException.class, () -> new ConfigWriter().appendApiKey(file, key));
        });
    Files.delete(file);
  }

  @Test
  void aLinkToAFileIsRead() throws Exception {
    Path file = Files.writeString(folder.resolve("real"), JSON);
    Path link = Files.createSymbolicLink(folder.resolve("config.json"), file);

    assertEquals(1, loader().load(link).config().ollamaAddresses().size());
  }

  @Test
  void aFileHasABound() throws IOException {
    Path file = folder.resolve("config.json");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(ConfigLoader.FILE_BYTES_MAX + 1L);
    }

    assertRefused(file, file + ": this file is larger than 64 MiB");
  }

  @Test
  void theLargestFileIsRead() throws Exception {
    Path file = folder.resolve("config.json");
    Files.writeString(file, JSON + " ".repeat(ConfigLoader.FILE_BYTES_MAX - JSON.length()));

    assertEquals(1, loader().load(file).config().ollamaAddresses().size());
  }

  @Test
  void onlyUtf8IsRead() throws IOException {
    Path file = folder.resolve("config.json");
    Files.write(file, "{\n \"é\": 1}".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(file, file + ":2:3: this isn't UTF-8");

    Files.write(file, JSON.getBytes(StandardCharsets.UTF_16));
    assertRefused(file, file + ":1:1: this isn't UTF-8");

    Files.write(file, new byte[] {'{', (byte) 0xc3});
    assertRefused(file, file + ":1:2: this isn't UTF-8");

    // What stands for what can't be decoded may well stand there itself.
    Files.writeString(file, "{\ufffd");
    assertRefused(file, file + ":1:2: ");
    Files.write(file, "{\ufffd\u00e9".getBytes(StandardCharsets.UTF_8));
    assertRefused(file, file + ":1:2: expected a name in double quotes");
  }

  private void assertRefused(Path file, String message) {
    ConfigException e = assertThrows(ConfigException.class, () -> loader().load(file));

    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  private static ConfigLoader loader() {
    return new ConfigLoader(Map.of());
  }
}
