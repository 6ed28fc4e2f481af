package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands that don't run a gateway do, print and return. */
class CommandsTest {

  private @TempDir Path folder = Path.of("");
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void checkSumsUpSettingsThatCanBeUsed() throws Exception {
    Path file =
        write("{\"ollamaAddresses\": [\"http://localhost:11434\"], \"apiKeys\": [\"a\", \"b\"]}");
    assertEquals(0, check(file));
    assertEquals(file + ": fine: 1 server, 2 keys (0 admin), listens on 0.0.0.0:8080\n", text(out));
    assertTrue(text(err).contains("2 keys from here on stand here in the clear"), text(err));
    assertEquals(1, text(err).lines().count(), text(err));
  }

  @Test
  void checkTellsWarningsAndStillSucceeds() throws Exception {
    Path file = write("{\"OllamaAddresses\": [\"http://localhost:11434\"]}");
    assertEquals(0, check(file));
    assertTrue(text(err).startsWith("warning: " + file + ":1:2: "), text(err));
  }

  @Test
  void checkTellsEveryProblemAtOnce() throws Exception {
    Path file = write("{\"ollamaAddresses\": [\"ftp://x\"],\n\"port\": 1, \"logging\": 3}");
    assertEquals(2, check(file));
    assertEquals(3, text(err).lines().count(), text(err));
    assertTrue(text(err).contains(file + ":2:1: port: "), text(err));
    assertEquals("", text(out));
  }

  @Test
  void checkReadsWhatTheEnvironmentHolds() throws Exception {
    Path file = write("{\"ollamaAddresses\": [\"http://${HOST_OF_MODELS}:11434\"]}");
    assertEquals(2, check(file));
    assertEquals(
        0, CheckCommand.run(file, Map.of("HOST_OF_MODELS", "gpu"), print(out), print(err)));
  }

  @Test
  void aNewKeyIsPrintedAloneAndLetInByTheNextReading() throws Exception {
    Path file = write("{\"ollamaAddresses\": [\"http://localhost:11434\"]}");
    assertEquals(0, newKey(file, Optional.of("laptop"), true));
    String key = text(out).strip();
    assertEquals(43, key.length());
    assertTrue(text(err).contains(" as laptop, an admin;"), text(err));
    String changed = Files.readString(file);
    assertTrue(!changed.contains(key), "only the digest is kept");
    assertTrue(changed.contains("\"name\": \"laptop\""), changed);
    out.reset();
    assertEquals(0, check(file));
    assertTrue(text(out).contains("1 key (1 admin)"), text(out));
  }

  @Test
  void keysWithoutANameAreNumbered() throws Exception {
    Path file = write("{\"ollamaAddresses\": [\"http://localhost:11434\"], \"apiKeys\": [\"a\"]}");
    assertEquals(0, newKey(file, Optional.empty(), false));
    assertEquals(0, newKey(file, Optional.empty(), false));
    String changed = Files.readString(file);
    assertTrue(changed.contains("\"key-2\"") && changed.contains("\"key-3\""), changed);
  }

  @Test
  void noKeyIsMadeForATakenOrImpossibleNameOrABrokenFile() throws Exception {
    Path file = write("{\"ollamaAddresses\": [\"http://localhost:11434\"]}");
    assertEquals(0, newKey(file, Optional.of("a"), false));
    String before = Files.readString(file);
    out.reset();
    assertEquals(2, newKey(file, Optional.of("a"), false));
    assertTrue(text(err).contains("a key named a already"), text(err));
    assertEquals(2, newKey(file, Optional.of(" x"), false));
    assertTrue(text(err).contains("--name  x: a name has"), text(err));
    assertEquals(before, Files.readString(file));
    Path broken = write("{");
    assertEquals(2, newKey(broken, Optional.empty(), false));
    assertEquals("{", Files.readString(broken));
    assertEquals("", text(out));
  }

  @Test
  void healthAsksTheGatewayOfTheSettings() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway = TestGateway.start(upstream)) {
      Path file = listening("0.0.0.0:" + gateway.address().getPort());
      assertEquals(0, health(file, false));
      assertEquals(0, health(file, true));
      assertEquals("live\nready\n", text(out));
    }
  }

  @Test
  void healthSaysThatItComesForItselfWhereProxiesHaveToSayForWhom() throws Exception {
    String security = "{\"trustedProxies\": [\"127.0.0.0/8\"], \"proxyProtocol\": true}";
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway = TestGateway.before(upstream).set("security", security).start()) {
      Path file =
          write(
              """
              {
                "ollamaAddresses": ["http://a:1"],
                "gatewayAddress": "127.0.0.1:%d",
                "security": %s
              }
              """
                  .formatted(gateway.address().getPort(), security));
      assertEquals(0, health(file, true), () -> text(err));
    }
  }

  @Test
  void healthFailsWhereNobodyListensOrSomethingElseDoes() throws Exception {
    int free;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      free = taken.getLocalPort();
    }
    try (FakeUpstream other = FakeUpstream.start(call -> call.respond(404, "no"))) {
      assertEquals(1, health(listening("127.0.0.1:" + free), false));
      assertTrue(text(err).contains("does the gateway run?"), text(err));
      String url = other.url();
      assertEquals(1, health(listening(url.substring(url.lastIndexOf('/') + 1)), true));
      assertTrue(text(err).contains("/gateway/ready answered with status 404: no"), text(err));
      assertEquals(2, health(listening("127.0.0.1:0"), false));
    }
  }

  @Test
  void healthWaitsForAGatewayThatIsOnlyStarting() throws Exception {
    int free;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      free = taken.getLocalPort();
    }
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("gatewayAddress", "\"127.0.0.1:" + free + "\"")
                .create()) {
      Path file = listening("127.0.0.1:" + free);
      FutureTask<Integer> asking = new FutureTask<>(() -> health(file, false, 20));
      Thread.ofPlatform().start(asking);
      gateway.process().listen();
      assertEquals(0, asking.get(20, TimeUnit.SECONDS));
      assertEquals("live\n", text(out));
    }
  }

  private Path listening(String address) throws IOException {
    return write(
        "{\"ollamaAddresses\": [\"http://localhost:11434\"], \"gatewayAddress\": \"%s\"}"
            .formatted(address));
  }

  private int check(Path file) {
    return CheckCommand.run(file, Map.of(), print(out), print(err));
  }

  private int newKey(Path file, Optional<String> name, boolean admin) {
    Command.NewKey asked = new Command.NewKey(file, name, KeySettings.of(admin));
    return NewKeyCommand.run(asked, Map.of(), print(out), print(err));
  }

  private int health(Path file, boolean ready) {
    return health(file, ready, 0);
  }

  private int health(Path file, boolean ready, int waitSeconds) {
    Command.Health asked = new Command.Health(file, ready, waitSeconds);
    return HealthCommand.run(asked, Map.of(), print(out), print(err));
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
