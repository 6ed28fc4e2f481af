package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that starts without any key. */
class FirstKeyTest {

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void atATerminalItIsPrintedOnceAndOnlyItsDigestIsStored() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").start()) {
      assertEquals(401, gateway.post("/api/chat", "{}").status());
      FirstKey first = new FirstKey(gateway.process(), Optional.empty(), true);
      assertEquals(Optional.empty(), first.ensure(out));
      Matcher found = Pattern.compile("(?m)^  ([A-Za-z0-9_-]{43})$").matcher(printed());
      assertTrue(found.find(), printed());
      String key = found.group(1);
      String file = Files.readString(gateway.file());
      assertFalse(file.contains(key), file);
      assertTrue(file.contains(TestGateway.entry("first", key, true)), file);
      String reload = TestGateway.postOf("/config/reload", "").replace(TestGateway.KEY, key);
      assertEquals(200, gateway.ask(reload).status());
      String chat = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
      assertEquals(200, gateway.ask(chat).status());
    }
  }

  @Test
  void withoutATerminalAndAFileNoneIsMade() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      String before = Files.readString(gateway.file());
      FirstKey first = new FirstKey(gateway.process(), Optional.empty(), false);
      assertEquals(Optional.empty(), first.ensure(out));
      assertEquals("", printed());
      assertEquals(before, Files.readString(gateway.file()));
      assertEquals(0, gateway.process().config().apiKeys().size());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inAFileItIsItsOwnersAndIsNotPrinted(boolean terminal, @TempDir Path folder)
      throws Exception {
    Path keyFile = folder.resolve("key");
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "null").create()) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile), terminal);
      assertEquals(Optional.of(keyFile), first.ensure(out));
      String key = Files.readString(keyFile).strip();
      assertTrue(gateway.process().accepts(key));
      assertOwnersOnly(keyFile);
      assertTrue(printed().contains(" in " + keyFile + " (mode 600)"), printed());
      assertFalse(printed().contains(key), printed());
      assertFalse(Files.readString(gateway.file()).contains(key));
      printed.reset();
      assertEquals(Optional.of(keyFile), first.ensure(out));
      assertEquals("", printed());
      assertEquals(List.of(keyFile), list(folder));
    }
  }

  @Test
  void aFileThatAKilledStartLeftEmptyIsFilled(@TempDir Path folder) throws Exception {
    Path keyFile = Files.createFile(folder.resolve("key"));
    Files.setPosixFilePermissions(keyFile, PosixFilePermissions.fromString("rw-r--r--"));
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile), false);
      assertEquals(Optional.of(keyFile), first.ensure(out));
      assertTrue(gateway.process().accepts(Files.readString(keyFile).strip()));
      assertOwnersOnly(keyFile);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkfifo", "mkdir", "ln -s /dev/zero"})
  void whatIsNoFileIsNeitherReadNorWaitedFor(String make, @TempDir Path folder) throws Exception {
    Path keyFile = folder.resolve("key");
    Process made = new ProcessBuilder("sh", "-c", make + " " + keyFile).start();
    assertEquals(0, made.waitFor());
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile), false);
      IOException e =
          assertTimeoutPreemptively(
              Duration.ofSeconds(20),
              () -> assertThrows(IOException.class, () -> first.ensure(out)));
      assertTrue(String.valueOf(e.getMessage()).contains("isn't a file with a key"), e::toString);
    }
  }

  @Test
  void aKeptKeyIsUsedForASettingsFileThatHasNone(@TempDir Path folder) throws Exception {
    Path keyFile = folder.resolve("key");
    Files.writeString(keyFile, "kept-before\n");
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").start()) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile), false);
      assertEquals(Optional.of(keyFile), first.ensure(out));
      assertFalse(printed().contains("kept-before"), printed());
      String chat = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, "kept-before");
      assertEquals(200, gateway.ask(chat).status());
    }
  }

  @Test
  void aKeptTextThatCannotBeAKeyIsAnErrorWithoutIt(@TempDir Path folder) throws Exception {
    Path keyFile = folder.resolve("key");
    Files.writeString(keyFile, "not\na key\n");
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      String before = Files.readString(gateway.file());
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile), true);
      IOException e = assertThrows(IOException.class, () -> first.ensure(out));
      assertFalse(String.valueOf(e.getMessage()).contains("not\n"), e::toString);
      assertEquals(before, Files.readString(gateway.file()));
      assertEquals("", printed());
    }
  }

  @Test
  void aKeptKeyThatIsNotLetInAnyMoreIsNotShown(@TempDir Path folder) throws Exception {
    Path keyFile = folder.resolve("key");
    Files.writeString(keyFile, "revoked\n");
    try (TestGateway gateway = TestGateway.start(upstream)) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile), true);
      assertEquals(Optional.empty(), first.ensure(out));
      assertEquals("", printed());
      assertFalse(gateway.process().accepts("revoked"));
    }
  }

  @Test
  void whereKeysAreConfiguredNothingHappens() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      String before = Files.readString(gateway.file());
      assertEquals(
          Optional.empty(), new FirstKey(gateway.process(), Optional.empty(), true).ensure(out));
      assertEquals(before, Files.readString(gateway.file()));
      assertEquals("", printed());
    }
  }

  @Test
  void whenTheSettingsCannotBeWrittenNoKeyIsPrintedOrLetIn() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      Files.delete(gateway.file());
      FirstKey first = new FirstKey(gateway.process(), Optional.empty(), true);
      assertThrows(IOException.class, () -> first.ensure(out));
      assertEquals("", printed());
      assertEquals(0, gateway.process().config().apiKeys().size());
    }
  }

  @Test
  void whenTheKeyCannotBeKeptNoneIsMade(@TempDir Path folder) throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      String before = Files.readString(gateway.file());
      Path nowhere = folder.resolve("no/such/folder/key");
      FirstKey first = new FirstKey(gateway.process(), Optional.of(nowhere), true);
      assertThrows(IOException.class, () -> first.ensure(out));
      assertEquals(before, Files.readString(gateway.file()));
      assertEquals("", printed());
    }
  }

  private static void assertOwnersOnly(Path file) throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
