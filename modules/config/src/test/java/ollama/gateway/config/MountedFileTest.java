package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A settings file that is mounted on its own, as {@code docker run -v …:/config.json} does it. The
 * mounts are real, in a name space that ends with the process.
 */
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason =
        "not checked: a settings file that is mounted on its own: bind mounts are Linux's")
@Timeout(120)
final class MountedFileTest {
  private static final String BEFORE = "{\"apiKeys\": []}";
  private static final String AFTER =
      "{\"apiKeys\": [{\"name\": \"new\", \"sha256\": \""
          + ApiKey.ofPlain("new", "new", false).sha256()
          + "\"}]}";

  @TempDir private Path temporary;
  private Path outside = Path.of("");
  private Path inside = Path.of("");

  @BeforeEach
  void makeBothSides() throws IOException {
    Ability.ofMounting().orSay("writing a settings file that is mounted on its own");
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    outside = Files.writeString(temporary.resolve("outside.json"), BEFORE);
    Path folder = Files.createDirectory(temporary.resolve("inside"));
    inside = Files.createFile(folder.resolve("config.json"));
  }

  @Test
  void isWrittenInPlace() throws Exception {
    assertEquals("IN_PLACE", mounted("mount --bind $OUT $IN", "$JAVA $IN new"));

    assertEquals(AFTER, Files.readString(outside));
    assertNothingIsLeftInside();
  }

  @Test
  void isWrittenInPlaceByAUserWhoOwnsNothingButTheFile() throws Exception {
    Ability.ofBeingAnotherUser().orSay("writing a mounted settings file as another user than root");

    assertEquals(
        "IN_PLACE", mounted("mount --bind $OUT $IN; chown 65534 $OUT", "$AS_NOBODY $IN new"));

    assertEquals(AFTER, Files.readString(outside));
  }

  @Test
  void isWrittenInPlaceInAFolderThatIsMountedReadOnly() throws Exception {
    String readOnlyFolder =
        "D=$(dirname $IN); mount --bind $D $D; mount -o remount,bind,ro $D; mount --bind $OUT $IN";

    assertEquals("IN_PLACE", mounted(readOnlyFolder, "$JAVA $IN new"));

    assertEquals(AFTER, Files.readString(outside));
  }

  @Test
  void isWrittenInPlaceWhereALinkLeadsToIt() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("link.json"), inside);

    assertEquals("IN_PLACE", mounted("mount --bind $OUT $IN", "$JAVA " + link + " new"));

    assertEquals(AFTER, Files.readString(outside));
    assertTrue(Files.isSymbolicLink(link));
  }

  @Test
  void staysWhenItIsMountedReadOnly() throws Exception {
    String said = mounted("mount --bind $OUT $IN; mount -o remount,bind,ro $IN", "$JAVA $IN new");

    String user = System.getProperty("user.name");
    assertTrue(said.startsWith("FAILED " + inside + " can't be written by user " + user), said);
    assertTrue(said.contains("mount it without :ro"), said);
    assertEquals(BEFORE, Files.readString(outside));
    assertNothingIsLeftInside();
  }

  @Test
  void staysAsItWasWhenTheDiskIsFull() throws Exception {
    Ability.ofBeingAnotherUser().orSay("that a full disk leaves a file written in place as it was");
    // A file of one page but 9 bytes on a disk of two pages, of which the other is taken.
    String fullDisk =
        "D=$(dirname $IN); mount -t tmpfs -o size=8k,mode=755 none $D;"
            + " head -c 4076 /dev/zero | tr '\\0' ' ' > $IN; printf '{\"a\": 1}   ' >> $IN;"
            + " chown 65534 $IN; cp $IN $OUT; head -c 4096 /dev/zero > $D/other";

    String said = mounted(fullDisk, "$AS_NOBODY $IN new; cmp $IN $OUT && echo the same");

    assertTrue(said.startsWith("FAILED " + inside + " can't be written"), said);
    assertTrue(said.contains("No space left on device"), said);
    assertTrue(said.endsWith("the same"), said);
  }

  private String mounted(String mounts, String run) throws Exception {
    WriterProcess processes = new WriterProcess(temporary);
    String script = "OUT=" + outside + "; IN=" + inside + "; " + mounts + "; " + run;
    return processes.shell("unshare -m sh -euc '" + script.replace("'", "'\\''") + "'");
  }

  private void assertNothingIsLeftInside() throws IOException {
    try (var files = Files.list(temporary.resolve("inside"))) {
      assertEquals(1, files.count());
    }
  }
}
