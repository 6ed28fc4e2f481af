package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /gateway/config}, and {@code check --against}, which asks for it. */
class CheckAgainstTest {

  private static final String OTHER = "sekret-other";
  private static final Map<String, String> WITH_KEY = Map.of("OLLAMA_GATEWAY_KEY", TestGateway.KEY);

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();
  private @TempDir Path folder = Path.of("");
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void administratorsAreToldTheSettingsWithoutSecrets() throws Exception {
    try (TestGateway gateway =
        before()
            .set(
                "ollamaAddresses",
                "[{\"url\": \"%s\", \"name\": \"gpu\", \"headers\": {\"X-Token\": \"sekret-token\"}}]"
                    .formatted(upstream.url()))
            .start()) {
      Answer answer = gateway.get("/gateway/config");
      assertEquals(200, answer.status());
      assertEquals("application/json; charset=utf-8", answer.field("Content-Type"));
      String text = answer.text();
      assertTrue(text.startsWith("{\"ollamaAddresses\":[{\"url\":\""), text);
      assertTrue(text.contains("\"headers\":{\"X-Token\":\"***\"}"), text);
      assertTrue(text.contains("{\"name\":\"other\",\"sha256\":\""), text);
      assertTrue(text.contains("\"limits\":{\"headBytes\":32768,"), text);
      assertFalse(text.contains("sekret"), text);
      assertFalse(text.matches("(?s).*\"sha256\":\"[0-9a-f]{13}.*"), text);
      gateway.assertTellsNothingOfItsFile(answer);

      String asked = TestGateway.getOf("/gateway/config");
      assertEquals(403, gateway.ask(asked.replace(TestGateway.KEY, OTHER)).status());
      assertEquals(401, gateway.ask(asked.replace(TestGateway.KEY, "nobody")).status());
      assertEquals(405, gateway.ask(TestGateway.postOf("/gateway/config", "")).status());
    }
  }

  @Test
  void whatCannotBeReloadedIsToldAsItRuns() throws Exception {
    try (TestGateway gateway = before().start()) {
      gateway.set("gatewayAddress", "\"127.0.0.1:1\"").set("logging", "true");
      gateway.process().reload();
      String text = gateway.get("/gateway/config").text();
      assertTrue(text.contains("\"logging\":true"), text);
      assertTrue(text.contains("\"gatewayAddress\":\"127.0.0.1:0\""), text);
    }
  }

  @Test
  void theSettingsOfARunningGatewayDoNotDifferFromItsFile() throws Exception {
    try (TestGateway gateway = before().start()) {
      assertEquals(0, check(gateway, WITH_KEY, Optional.empty()), this::said);
      assertEquals(
          gateway.file() + ": the gateway at " + url(gateway) + " runs with these settings\n",
          text(out));
    }
  }

  @Test
  void eachSettingThatDiffersIsALine() throws Exception {
    try (TestGateway gateway = before().start()) {
      gateway
          .set("gatewayAddress", "\"127.0.0.1:1\"")
          .set("limits", "{\"connections\": 50}")
          .set(
              "apiKeys",
              "[" + TestGateway.entry("admin", TestGateway.KEY, true) + ", \"sekret-new\"]");
      assertEquals(1, check(gateway, WITH_KEY, Optional.empty()), this::said);
      assertEquals(
          """
          %s: the gateway at %s runs with other settings
            gatewayAddress: it runs with "127.0.0.1:0", the file says "127.0.0.1:1"; only a restart \
          changes that
            apiKeys[other]: only the gateway has it: %s
            limits.connections: it runs with 10000, the file says 50
            apiKeys[key-2]: only the file has it: %s
          """
              .formatted(gateway.file(), url(gateway), digest(OTHER), digest("sekret-new")),
          text(out));
    }
  }

  @Test
  void theKeyMayStandInAFile() throws Exception {
    Path keyFile = Files.writeString(folder.resolve("key"), TestGateway.KEY + "\n");
    try (TestGateway gateway = before().start()) {
      assertEquals(0, check(gateway, Map.of(), Optional.of(keyFile)), this::said);
    }
  }

  @Test
  void withoutAKeyItSaysWhereFrom() throws Exception {
    try (TestGateway gateway = before().start()) {
      assertEquals(2, check(gateway, Map.of(), Optional.empty()));
      assertTrue(text(err).contains("with --key-file, or set OLLAMA_GATEWAY_KEY"), said());
      err.reset();
      Path missing = folder.resolve("missing");
      assertEquals(2, check(gateway, WITH_KEY, Optional.of(missing)));
      assertEquals(missing + " has no key: write one there, or name another file\n", text(err));
    }
  }

  @Test
  void aKeyThatMayNotAskIsTold() throws Exception {
    try (TestGateway gateway = before().start()) {
      assertEquals(3, check(gateway, Map.of("OLLAMA_GATEWAY_KEY", OTHER), Optional.empty()));
      assertTrue(text(err).contains("status 403 (it needs an admin key): "), said());
      assertEquals(3, check(gateway, Map.of("OLLAMA_GATEWAY_KEY", "sekret-no"), Optional.empty()));
      assertTrue(text(err).contains("status 401 (it needs a key of that gateway): "), said());
      assertFalse(said().contains("sekret"), said());
    }
  }

  @Test
  void whereNoGatewayIsNothingIsKnown() throws Exception {
    int free;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      free = taken.getLocalPort();
    }
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{\"ollamaAddresses\": [\"http://localhost:11434\"]}");
    assertEquals(3, check(file, "http://127.0.0.1:" + free, WITH_KEY, Optional.empty()));
    assertTrue(text(err).startsWith("http://127.0.0.1:" + free + " can't be asked: "), said());
    err.reset();
    try (FakeUpstream other = FakeUpstream.start(call -> call.respond(200, "hello"))) {
      assertEquals(3, check(file, other.url(), WITH_KEY, Optional.empty()));
      assertTrue(text(err).endsWith("doesn't answer as a gateway does; is it one?\n"), said());
    }
  }

  @Test
  void aFileThatCannotBeUsedIsTheFirstThingToSay() throws Exception {
    try (TestGateway gateway = before().start()) {
      Files.writeString(gateway.file(), "{");
      assertEquals(2, check(gateway, WITH_KEY, Optional.empty()));
      assertTrue(text(err).startsWith(gateway.file() + ":1:2: "), said());
    }
  }

  private TestGateway.Plan before() {
    return TestGateway.before(upstream)
        .set(
            "apiKeys",
            "["
                + TestGateway.entry("admin", TestGateway.KEY, true)
                + ", "
                + TestGateway.entry("other", OTHER, false)
                + "]");
  }

  private int check(TestGateway gateway, Map<String, String> environment, Optional<Path> keyFile) {
    return check(gateway.file(), url(gateway), environment, keyFile);
  }

  private int check(
      Path file, String url, Map<String, String> environment, Optional<Path> keyFile) {
    return CheckAgainstCommand.run(
        new Command.CheckAgainst(file, url, keyFile),
        environment,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private static String url(TestGateway gateway) {
    return "http://127.0.0.1:" + gateway.address().getPort();
  }

  private static String digest(String key) {
    return ApiKey.ofPlain("a", key, false).sha256().substring(0, 12);
  }

  private String said() {
    return text(out) + text(err);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
