package ollama.gateway.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import ollama.gateway.config.ConfigWriter.Written;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "not checked: the mode of a file that is written anew: there are no modes")
final class FileReplacerTest {
  private static final byte[] BEFORE = "before".getBytes(UTF_8);
  private static final byte[] AFTER = "before and after".getBytes(UTF_8);

  private final FileReplacer replacer = new FileReplacer();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r-----", "rw-rw-rw-", "rwxr-xr-x"})
  void theModeIsKept(String mode) throws Exception {
    Path file = Files.write(folder.resolve("config.json"), BEFORE);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

    assertEquals(Optional.of(Written.REPLACED), replace(file));

    assertArrayEquals(AFTER, Files.readAllBytes(file));
    assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void aFileThatSomebodyHasChangedIsLeftToThem() throws Exception {
    Path file = Files.writeString(folder.resolve("config.json"), "by hand");

    assertEquals(Optional.empty(), replace(file));

    assertEquals("by hand", Files.readString(file));
    assertEquals(List.of(file), list(folder));
  }

  @Test
  void aLinkStaysALink() throws Exception {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path file = Files.write(real.resolve("settings"), BEFORE);
    Path middle = Files.createSymbolicLink(folder.resolve("middle"), Path.of("real/settings"));
    Path link = Files.createSymbolicLink(folder.resolve("config.json"), middle);

    assertEquals(Optional.of(Written.REPLACED), replace(link));

    assertEquals(middle, Files.readSymbolicLink(link));
    assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    assertArrayEquals(AFTER, Files.readAllBytes(file));
    assertEquals(List.of(file), list(real));
  }

  @Test
  void aNameWithoutAFolderIsFound() throws Exception {
    Path here = Path.of("").toAbsolutePath();
    Path file = Files.write(folder.resolve("config.json"), BEFORE);
    Path relative = here.relativize(file.toRealPath());

    assertEquals(Optional.of(Written.REPLACED), replace(relative));

    assertArrayEquals(AFTER, Files.readAllBytes(file));
  }

  private Optional<Written> replace(Path file) throws IOException {
    try (LockedFile locked = LockedFile.take(file.toRealPath(), 0)) {
      return replacer.replace(locked, BEFORE, AFTER);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
