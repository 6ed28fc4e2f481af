package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aFileHasABound() throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, JSON + " ".repeat(ConfigLoader.FILE_BYTES_MAX - JSON.length() + 1));

    assertRefused(file, file + ": this file is larger than 4194304 bytes");
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
  }

  private void assertRefused(Path file, String message) {
    ConfigException e = assertThrows(ConfigException.class, () -> loader().load(file));

    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  private static ConfigLoader loader() {
    return new ConfigLoader(Map.of());
  }
}
