package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code /config/new-key}: keys that are made, and written to the settings file, while the gateway
 * runs.
 */
class NewKeyTest {

  private static final String ADMIN = TestGateway.entry("admin", TestGateway.KEY, true);

  @AutoClose private final FakeUpstream one = FakeUpstream.start(call -> call.respond(200, "one"));

  @AutoClose private final FakeUpstream two = FakeUpstream.start(call -> call.respond(200, "two"));

  @Test
  void ofANewKeyOnlyTheDigestIsKeptAndItIsLetInAtOnce() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      String before = Files.readString(gateway.file());
      Answer answer = gateway.get("/config/new-key");
      assertEquals(200, answer.status());
      String key = answer.text();
      assertTrue(key.matches("[A-Za-z0-9_-]{43}"), key);
      String after = Files.readString(gateway.file());
      String digest = ApiKey.ofPlain("key-2", key, false).sha256();
      assertEquals(
          before.replace(ADMIN, ADMIN + ", {\"name\": \"key-2\", \"sha256\": \"" + digest + "\"}"),
          after);
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
      assertEquals("one", gateway.ask(request).text());
      gateway.process().reload();
      assertEquals("one", gateway.ask(request).text());
      // It is no administrator.
      assertEquals(
          403,
          gateway
              .ask(TestGateway.postOf("/config/reload", "").replace(TestGateway.KEY, key))
              .status());
    }
  }

  @Test
  void whatRunsElsewhereIsAskedForFromTheFirstKeyOnThatMayNotRunIt() throws Exception {
    one.lists("{\"models\":[{\"name\":\"theirs\",\"remote_host\":\"https://ollama.com:443\"}]}");
    try (TestGateway gateway = TestGateway.start(one)) {
      String key = gateway.get("/config/new-key").text();
      String theirs = TestGateway.postOf("/api/chat", "{\"model\":\"theirs\"}");
      String mine = TestGateway.postOf("/api/chat", "{\"model\":\"mine\"}");

      assertEquals(403, gateway.ask(theirs.replace(TestGateway.KEY, key)).status());
      assertEquals(200, gateway.ask(mine.replace(TestGateway.KEY, key)).status());
    }
  }

  @Test
  void newKeysDifferAndAllAreKept() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      Set<String> keys = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        assertTrue(keys.add(gateway.get("/config/new-key").text()));
      }
      gateway.process().reload();
      for (String key : keys) {
        String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
        assertEquals(200, gateway.ask(request).status());
      }
    }
  }

  @Test
  void aNewKeyGetsANameThatTheFileHasNotGivenAwaySinceItWasRead() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
      Command.NewKey asked =
          new Command.NewKey(gateway.file(), Optional.empty(), KeySettings.of(false));
      assertEquals(0, NewKeyCommand.run(asked, Map.of(), out, out), printed::toString);
      Answer answer = gateway.get("/config/new-key");
      assertEquals(200, answer.status(), answer::text);
      String file = Files.readString(gateway.file());
      assertTrue(file.contains("\"key-2\"") && file.contains("\"key-3\""), file);
      gateway.process().reload();
      assertEquals(3, gateway.process().config().apiKeys().size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"sekret\", \"sekret\", \"b\"]",
        "[\"sekret\", \"sekret==\"]",
        "[\"sekret\", \"sekret\", \"b\", \"b\", \"c\"]",
      })
  void aKeyThatStandsTwiceDoesNotStandInTheWayOfANewOne(String keys) throws Exception {
    try (TestGateway gateway = TestGateway.before(one).set("apiKeys", keys).start()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = gateway.get("/config/new-key");
        assertEquals(200, answer.status(), answer::text);
        String request =
            TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, answer.text());
        assertEquals(200, gateway.ask(request).status());
      }
      gateway.process().reload();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"apiKeys\": 7}", "[]", ""})
  void whenTheFileIsBrokenNoKeyIsMinted(String content) throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one).set("metrics", "{\"enabled\": true}").start()) {
      Files.writeString(gateway.file(), content);
      Answer answer = gateway.get("/config/new-key");
      assertEquals(500, answer.status());
      assertTrue(answer.text().startsWith("{\"error\":\"Failed to make a key: "), answer.text());
      assertTrue(answer.text().contains("line 1, column "), answer.text());
      gateway.assertTellsNothingOfItsFile(answer);
      assertEquals(content, Files.readString(gateway.file()));
      assertEquals(1, gateway.metric("gateway_apikeys_total"));
    }
  }

  @Test
  void anUnsavedReloadOfTheFileIsNotBroughtInByANewKey() throws Exception {
    try (TestGateway gateway = TestGateway.start(one)) {
      gateway.set("ollamaAddresses", TestGateway.list(two.url()));
      String key = gateway.get("/config/new-key").text();
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
      assertEquals("one", gateway.ask(request).text());
      gateway.process().reload();
      assertEquals("two", gateway.ask(request).text());
    }
  }

  @Test
  void aStartDeletesTheCopiesThatAKilledGatewayLeft() throws Exception {
    try (TestGateway gateway = TestGateway.before(one).create()) {
      Path left = gateway.file().resolveSibling(".config.json.123.tmp");
      Files.writeString(left, "{\"apiKeys\": [\"sekret\"]}");
      gateway.process().listen();
      assertFalse(Files.exists(left));
    }
  }
}
