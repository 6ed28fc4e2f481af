package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway that runs as another user than the file's owner may do. */
@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "not checked: a gateway that isn't the owner of its file: there are no modes")
@Timeout(120)
final class OtherUserTest {
  private static final String BEFORE = "{\"apiKeys\": []}";
  private static final String AFTER =
      "{\"apiKeys\": [{\"name\": \"new\", \"sha256\": \""
          + ApiKey.ofPlain("new", "new", false).sha256()
          + "\"}]}";
  private static final int NOBODY = WriterProcess.NOBODY;

  @TempDir private Path temporary;
  private Path folder = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void makeAFile() throws IOException {
    Ability.ofBeingAnotherUser().orSay("what a gateway does that isn't the owner of its file");
    mode(temporary, "rwxr-xr-x");
    folder = Files.createDirectory(temporary.resolve("etc"));
    file = Files.writeString(folder.resolve("config.json"), BEFORE);
  }

  @Test
  void theOwnerOfFileAndFolderReplacesTheFile() throws Exception {
    owner(folder, NOBODY);
    owner(file, NOBODY);
    mode(file, "rw-r-----");

    assertEquals("REPLACED", appendAsNobody());

    assertFile(AFTER, NOBODY, "rw-r-----");
  }

  @Test
  void rootKeepsTheOwnerOfTheFile() throws Exception {
    owner(file, NOBODY);
    mode(file, "rw-------");

    assertEquals("REPLACED", new WriterProcess(temporary).shell("$JAVA " + file + " new"));

    assertFile(AFTER, NOBODY, "rw-------");
  }

  @Test
  void aFileInAFolderOfSomebodyElseIsWrittenInPlace() throws Exception {
    owner(file, NOBODY);
    mode(file, "rw-------");

    assertEquals("IN_PLACE", appendAsNobody());

    assertFile(AFTER, NOBODY, "rw-------");
  }

  @Test
  void aFileOfSomebodyElseIsWrittenInPlaceSoThatItStaysTheirs() throws Exception {
    owner(folder, NOBODY);
    mode(file, "rw-rw-rw-");

    assertEquals("IN_PLACE", appendAsNobody());

    assertFile(AFTER, 0, "rw-rw-rw-");
  }

  @Test
  void aFileThatMayNotBeWrittenStaysAndTheMessageNamesFileAndUser() throws Exception {
    owner(folder, NOBODY);
    mode(file, "rw-r--r--");

    String said = appendAsNobody();

    assertTrue(said.startsWith("FAILED " + file + " can't be written by user nobody: "), said);
    assertTrue(said.contains("give that user write permission"), said);
    assertFile(BEFORE, 0, "rw-r--r--");
  }

  @Test
  void aFileThatItsOwnerMadeReadOnlyStays() throws Exception {
    owner(folder, NOBODY);
    owner(file, NOBODY);
    mode(file, "r--r--r--");

    assertTrue(appendAsNobody().startsWith("FAILED"));

    assertFile(BEFORE, NOBODY, "r--r--r--");
  }

  @Test
  void aFileThatMayNotBeReadIsAProblemThatNamesTheUser() throws Exception {
    mode(file, "rw-------");

    String said = appendAsNobody();

    assertTrue(said.startsWith("FAILED " + file + ": user nobody may not read this file"), said);
    assertFile(BEFORE, 0, "rw-------");
  }

  private String appendAsNobody() throws Exception {
    return new WriterProcess(temporary).shell("$AS_NOBODY " + file + " new");
  }

  private void assertFile(String content, int owner, String mode) throws IOException {
    assertEquals(content, Files.readString(file));
    assertEquals(owner, Files.getAttribute(file, "unix:uid"));
    assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (var files = Files.list(folder)) {
      assertEquals(Set.of(file), files.collect(Collectors.toSet()));
    }
  }

  private static void owner(Path path, int user) throws IOException {
    for (String attribute : List.of("unix:uid", "unix:gid")) {
      Files.setAttribute(path, attribute, user);
    }
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }
}
