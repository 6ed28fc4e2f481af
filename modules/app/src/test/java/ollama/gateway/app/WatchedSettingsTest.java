package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A gateway in a process of its own, whose settings file changes. Nobody tells it. How soon it
 * notices depends on how busy the machine is; that it does so in five looks a second, {@link
 * SettingsWatchTest} says.
 */
@Timeout(180)
class WatchedSettingsTest {

  private static final String RELOADED = "the settings were reloaded";
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final String THREAD = "settings-watch";
  private static final String NOT_RELOADED = "the settings weren't reloaded";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void keysThatCommandsMakeAndTakeAwayAreHeeded() throws Exception {
    try (ChildGateway gateway = start("true")) {
      key(gateway, "new --name alice");
      String first = printed();
      await(gateway, first, 200);
      key(gateway, "disable alice");
      await(gateway, first, 401);
      key(gateway, "enable alice");
      await(gateway, first, 200);
      key(gateway, "rotate alice --overlap 24h");
      String second = printed();
      await(gateway, second, 200);
      assertEquals(200, status(gateway, first));
      key(gateway, "rotate alice");
      String third = printed();
      await(gateway, second, 401);
      assertEquals(200, status(gateway, first));
      assertEquals(200, status(gateway, third));
      key(gateway, "delete alice-old");
      await(gateway, first, 401);
      assertEquals(200, status(gateway, third));
    }
  }

  @Test
  void aBrokenFileIsLoggedOnceAndChangesNothing() throws Exception {
    try (ChildGateway gateway = start("true")) {
      String good = Files.readString(gateway.file());
      Files.writeString(gateway.file(), "{");
      String log = gateway.logOnceItHas(NOT_RELOADED);
      assertTrue(log.contains(gateway.file() + ":1:2: "), log);
      assertEquals(200, status(gateway, TestGateway.KEY));
      Files.writeString(gateway.file(), good + " ");
      log = gateway.logOnceItHas(RELOADED);
      assertEquals(1, count(log, NOT_RELOADED), log);
      assertEquals(200, status(gateway, TestGateway.KEY));
    }
  }

  @Test
  void aSwappedFolderIsNoticedAsKubernetesSwapsIt() throws Exception {
    try (ChildGateway gateway = start("true")) {
      Path folder = gateway.file().resolveSibling("mounted");
      String good = Files.readString(gateway.file());
      try {
        Files.createDirectories(folder.resolve("..1"));
        Files.createDirectories(folder.resolve("..2"));
        Files.writeString(folder.resolve("..1/config.json"), good);
        Files.writeString(folder.resolve("..2/config.json"), withKey(good, "swapped"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..1"));
        Path link =
            Files.createSymbolicLink(
                gateway.file().resolveSibling("link"), Path.of("mounted/..data/config.json"));
        Files.move(
            link,
            gateway.file(),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        assertEquals(401, status(gateway, "swapped"));
        Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2"));
        Files.move(
            folder.resolve("..data_tmp"),
            folder.resolve("..data"),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        await(gateway, "swapped", 200);
      } finally {
        for (String left :
            new String[] {"..data", "..1/config.json", "..2/config.json", "..1", "..2", ""}) {
          Files.deleteIfExists(folder.resolve(left));
        }
      }
    }
  }

  @Test
  void whatTheGatewayWritesItselfIsNoChange() throws Exception {
    try (ChildGateway gateway = start("true")) {
      String key;
      try (RawClient client = gateway.connect()) {
        Answer answer = client.send(TestGateway.postOf("/config/new-key", "")).answer();
        assertEquals(200, answer.status(), answer::text);
        key = answer.text();
      }
      assertEquals(200, status(gateway, key));
      // A change that comes after it is noticed, and by then it would have been, too.
      key(gateway, "new --name late");
      await(gateway, printed(), 200);
      assertEquals(200, status(gateway, key));
      String log = gateway.logOnceItHas(RELOADED);
      assertEquals(1, count(log, RELOADED), log);
    }
  }

  @Test
  void whoDoesNotWantItTellsTheGatewayItself() throws Exception {
    try (ChildGateway gateway = start("false")) {
      key(gateway, "new --name alice");
      String alice = printed();
      assertTrue(said().contains("after a reload (SIGHUP)"), said());
      // There is nothing to wait for: nobody looks.
      assertEquals(0, gateway.threads(THREAD));
      assertEquals(401, status(gateway, alice));
      reload(gateway);
      assertEquals(200, status(gateway, alice));
      String now = Files.readString(gateway.file());
      Files.writeString(gateway.file(), now.replace("\"watchConfig\": false", "\"io\": \"auto\""));
      reload(gateway);
      awaitLooks(gateway);
      key(gateway, "disable alice");
      await(gateway, alice, 401);
    }
  }

  @Test
  void atRestItTakesNextToNoTime() throws Exception {
    try (ChildGateway gateway = start("true")) {
      awaitLooks(gateway);
      assertTrue(gateway.quietestSecondMillis(50) <= 50);
    }
  }

  private ChildGateway start(String watchConfig) throws IOException {
    TestGateway.Plan plan =
        TestGateway.before(upstream)
            .set("logging", "true")
            .set("watchConfig", watchConfig)
            // It is asked with keys that aren't let in yet, until they are.
            .set("security", "{\"maxFailuresPerMinute\": 0}");
    return ChildGateway.start(plan, "");
  }

  private void key(ChildGateway gateway, String words) throws Exception {
    out.reset();
    String line = "key " + words + " --config " + gateway.file();
    PrintStream o = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream e = new PrintStream(err, true, StandardCharsets.UTF_8);
    InstantSource clock = InstantSource.system();
    KeyChangeCommands changer = new KeyChangeCommands(Map.of(), clock, o, e);
    int status =
        switch (CommandLine.parse(line.split(" ", -1))) {
          case Command.NewKey asked -> NewKeyCommand.run(asked, Map.of(), o, e);
          case Command.SwitchKey asked -> changer.change(asked);
          case Command.DeleteKey asked -> changer.delete(asked);
          case Command.RotateKey asked -> RotateKeyCommand.run(asked, Map.of(), clock, o, e);
          default -> throw new AssertionError(words);
        };
    assertEquals(0, status, this::said);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8).strip();
  }

  private String said() {
    return printed() + err.toString(StandardCharsets.UTF_8);
  }

  private static String withKey(String file, String key) {
    String changed = file.replace("\"apiKeys\": [", "\"apiKeys\": [\"" + key + "\", ");
    assertFalse(changed.equals(file), file);
    return changed;
  }

  private static void reload(ChildGateway gateway) throws IOException {
    try (RawClient client = gateway.connect()) {
      assertEquals(200, client.send(TestGateway.postOf("/config/reload", "")).answer().status());
    }
  }

  private static int status(ChildGateway gateway, String key) throws IOException {
    try (RawClient client = gateway.connect()) {
      String request = TestGateway.postOf("/api/chat", "{}").replace(TestGateway.KEY, key);
      return client.send(request).answer().status();
    }
  }

  /** Asks until it answers so. */
  private static void await(ChildGateway gateway, String key, int expected) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    int status = status(gateway, key);
    while (status != expected) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("it still answers " + status + "; " + gateway.log());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      status = status(gateway, key);
    }
  }

  /** Waits until it looks: that begins behind the first moment in which it answers. */
  private static void awaitLooks(ChildGateway gateway) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (gateway.threads(THREAD) == 0) {
      assertTrue(System.nanoTime() - deadline < 0, gateway.log());
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }
}
