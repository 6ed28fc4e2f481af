package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that starts without any key. */
class FirstKeyTest {

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.simple();
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  @Test
  void makesAnAdministratorsKeyPrintsItOnceAndStoresItsDigestOnly() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").start()) {
      assertEquals(401, gateway.post("/api/chat", "{}").status());
      String key = new FirstKey(gateway.process(), Optional.empty()).ensure(out).orElseThrow();
      assertTrue(key.matches("[A-Za-z0-9_-]{43}"), key);
      assertTrue(printed().contains("  " + key + System.lineSeparator()), printed());
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
  void keepsTheKeyForItsOwnerWhereAsked(@TempDir Path folder) throws Exception {
    Path keyFile = folder.resolve("key");
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "null").create()) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile));
      String key = first.ensure(out).orElseThrow();
      assertEquals(key + "\n", Files.readString(keyFile));
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile)));
      printed.reset();
      assertEquals(Optional.of(key), first.ensure(out));
      assertEquals("", printed());
    }
  }

  @Test
  void aKeptKeyIsUsedForASettingsFileThatHasNone(@TempDir Path folder) throws Exception {
    Path keyFile = folder.resolve("key");
    Files.writeString(keyFile, "kept-before\n");
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").start()) {
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile));
      assertEquals(Optional.of("kept-before"), first.ensure(out));
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
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile));
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
      FirstKey first = new FirstKey(gateway.process(), Optional.of(keyFile));
      assertEquals(Optional.empty(), first.ensure(out));
      assertEquals("", printed());
      assertFalse(gateway.process().accepts("revoked"));
    }
  }

  @Test
  void whereKeysAreConfiguredNothingHappens() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream)) {
      String before = Files.readString(gateway.file());
      assertEquals(Optional.empty(), new FirstKey(gateway.process(), Optional.empty()).ensure(out));
      assertEquals(before, Files.readString(gateway.file()));
      assertEquals("", printed());
    }
  }

  @Test
  void whenTheSettingsCannotBeWrittenNoKeyIsPrintedOrLetIn() throws Exception {
    try (TestGateway gateway = TestGateway.before(upstream).set("apiKeys", "[]").create()) {
      Files.delete(gateway.file());
      FirstKey first = new FirstKey(gateway.process(), Optional.empty());
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
      FirstKey first = new FirstKey(gateway.process(), Optional.of(nowhere));
      assertThrows(IOException.class, () -> first.ensure(out));
      assertEquals(before, Files.readString(gateway.file()));
      assertEquals("", printed());
    }
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
