package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running gateway says of itself at a glance, and the commands that ask it. */
@Timeout(120)
class StatusCommandsTest {

  private static final String CHAT =
      "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done\":true,"
          + "\"done_reason\":\"stop\",\"total_duration\":5000,\"prompt_eval_count\":13,"
          + "\"prompt_eval_duration\":1000,\"eval_count\":4,\"eval_duration\":2000}";

  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private StatusCommands commands(Map<String, String> environment) {
    return new StatusCommands(environment, print(out), print(err));
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Optional<String> url(TestGateway gateway) {
    InetSocketAddress address = gateway.address();
    return Optional.of("http://127.0.0.1:" + address.getPort());
  }

  private Optional<Path> keyFile(String key) throws Exception {
    return Optional.of(Files.writeString(folder.resolve("key"), key + "\n"));
  }

  private Command.Status status(TestGateway gateway, boolean json) throws Exception {
    return new Command.Status(Path.of("none.json"), url(gateway), keyFile(TestGateway.KEY), json);
  }

  private static FakeUpstream chatting() throws Exception {
    return FakeUpstream.start(
        call -> {
          String _ = call.readBody();
          call.respond(200, CHAT);
        });
  }

  @Test
  void theAnswerHasTotalsServersAndWhoWaits() throws Exception {
    try (FakeUpstream server = chatting();
        TestGateway gateway = TestGateway.start(server)) {
      String body = "{\"model\":\"tiny\",\"stream\":false,\"messages\":[]}";
      assertEquals(200, gateway.post("/api/chat", body).status());
      long deadline = System.nanoTime() + 60_000_000_000L;
      String json = "";
      while (!json.contains("\"tokens\":{\"input\":13,\"cached\":0,\"output\":4}")) {
        Answer answer = gateway.get("/gateway/status");
        assertEquals(200, answer.status());
        json = answer.text();
        assertTrue(System.nanoTime() - deadline < 0, json);
      }
      for (String part :
          new String[] {
            "\"waiting\":{\"batch\":0,\"interactive\":0,\"normal\":0}",
            "\"longestWaiting\":[]",
            "\"servers\":[{\"name\":\"",
            "\"inFlight\":0",
          }) {
        assertTrue(json.contains(part), part + " isn't in " + json);
      }
    }
  }

  @Test
  void whoMayNotAdministerIsToldNothing() throws Exception {
    try (FakeUpstream server = chatting();
        TestGateway gateway =
            TestGateway.before(server)
                .set(
                    "apiKeys",
                    "["
                        + TestGateway.entry("admin", "other", true)
                        + ","
                        + TestGateway.entry("user", TestGateway.KEY, false)
                        + "]")
                .start()) {
      assertEquals(403, gateway.get("/gateway/status").status());
      assertEquals(ExitStatus.UNKNOWN, commands(Map.of()).status(status(gateway, false)));
      assertTrue(text(err).contains("status 403 (it needs an admin key)"), text(err));
    }
  }

  @Test
  void allIsWellIsTheExitStatus() throws Exception {
    try (FakeUpstream server = chatting();
        TestGateway gateway = TestGateway.start(server)) {
      assertEquals(ExitStatus.DONE, commands(Map.of()).status(status(gateway, false)));
      String screen = text(out);
      assertTrue(screen.contains(": 1 of 1 servers up, 0 requests, 0 waiting"), screen);
      assertTrue(screen.contains("SERVER"), screen);

      out.reset();
      assertEquals(ExitStatus.DONE, commands(Map.of()).status(status(gateway, true)));
      assertTrue(text(out).startsWith("{\"time\":\""), text(out));

      String name = server.url().substring("http://".length());
      assertEquals(200, gateway.post("/gateway/servers/" + name + "/drain", "").status());
      out.reset();
      assertEquals(ExitStatus.FAILED, commands(Map.of()).status(status(gateway, false)));
      assertTrue(text(out).contains("draining"), text(out));
      assertTrue(text(out).contains(": 0 of 1 servers up"), text(out));
    }
  }

  @Test
  void whatIsInFlightIsTheEndOfTheScreen() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.await(go);
                  call.respond(200, CHAT);
                });
        TestGateway gateway = TestGateway.start(server);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{\"model\":\"tiny\",\"messages\":[]}"));
      server.awaitSeen(1);

      assertEquals(ExitStatus.DONE, commands(Map.of()).status(status(gateway, false)));
      List<String> lines = text(out).lines().toList();
      assertTrue(lines.get(lines.size() - 2).startsWith("RUNS FOR  MODEL"), text(out));
      assertTrue(
          lines
              .getLast()
              .matches("\\d+\\.\\d s +tiny:latest +admin +[\\d.:]+ +0 +/api/chat +127\\.0\\.0\\.1"),
          text(out));

      out.reset();
      assertEquals(ExitStatus.DONE, commands(Map.of()).status(status(gateway, true)));
      assertTrue(text(out).contains("\"longestInFlight\":[{\"id\":\""), text(out));
      go.countDown();
      assertEquals(200, client.answer().status());
    }
  }

  @Test
  void ofManyInFlightTheScreenHasTheFirst() throws Exception {
    String request = "{\"ageMillis\":1500,\"model\":\"m\",\"waits\":true,\"route\":\"/api/chat\"}";
    String many =
        "{\"tokens\":{},\"servers\":[],\"longestInFlight\":["
            + String.join(",", Collections.nCopies(12, request))
            + "],\"moreInFlight\":3}";
    try (FakeUpstream server = FakeUpstream.start(call -> call.respond(200, many))) {
      Command.Status asked =
          new Command.Status(Path.of("none.json"), Optional.of(server.url()), keyFile("k"), false);
      assertEquals(ExitStatus.DONE, commands(Map.of()).status(asked));
      String shown = "1.5 s     m      -    (in the line)  -       /api/chat";
      assertEquals(10, text(out).lines().filter(shown::equals).count(), text(out));
      assertTrue(text(out).endsWith("\nand 5 more\n"), text(out));
    }
  }

  @Test
  void topTellsOnceWhatWentOnInASecond() throws Exception {
    try (FakeUpstream server = chatting();
        TestGateway gateway = TestGateway.start(server)) {
      Command.Top once =
          new Command.Top(Path.of("none.json"), url(gateway), keyFile(TestGateway.KEY), false);
      assertEquals(ExitStatus.DONE, commands(Map.of()).top(once, false));
      assertTrue(
          text(out).contains("0.0 requests/s, 0.0 failed/s; of answers that ended 0 tokens/s"),
          text(out));
      assertTrue(text(out).indexOf('\u001b') < 0, "no terminal, no control");
    }
  }

  @Test
  void withoutAUrlItIsTheGatewayOfTheSettings() throws Exception {
    try (FakeUpstream server = chatting();
        TestGateway gateway = TestGateway.start(server)) {
      Path config =
          Files.writeString(
              folder.resolve("config.json"),
              "{\"ollamaAddresses\": [\"http://localhost:1\"], \"gatewayAddress\": \"127.0.0.1:"
                  + gateway.address().getPort()
                  + "\"}");
      Command.Status asked = new Command.Status(config, Optional.empty(), Optional.empty(), false);
      Map<String, String> environment = Map.of("OLLAMA_GATEWAY_KEY", TestGateway.KEY);
      assertEquals(ExitStatus.DONE, commands(environment).status(asked), text(err));

      assertEquals(ExitStatus.WRONG_INPUT, commands(Map.of()).status(asked));
      assertTrue(
          text(err).contains("needs an admin key: name a file that holds one with --key-file"),
          text(err));
    }
  }

  @Test
  void whatAnswersCannotSteerTheTerminal() throws Exception {
    String hostile =
        "{\"tokens\":{},\"servers\":[{\"name\":\"a\\u001b[2J\\u009b\",\"state\":\"down\","
            + "\"lastError\":\"\\u001b]0;x\\u0007\"}]}";
    try (FakeUpstream server = FakeUpstream.start(call -> call.respond(200, hostile))) {
      Command.Status asked =
          new Command.Status(Path.of("none.json"), Optional.of(server.url()), keyFile("k"), false);
      assertEquals(ExitStatus.FAILED, commands(Map.of()).status(asked));
      assertTrue(text(out).contains("a?[2J?"), text(out));
      assertTrue(text(out).chars().noneMatch(c -> c == 0x1b || c == 7 || c == 0x9b), text(out));
    }
  }

  @Test
  void ofAServerThatIsDrainedThoughItAnswersNoEarlierErrorIsTold() throws Exception {
    String told =
        "{\"tokens\":{},\"servers\":["
            + "{\"name\":\"a\",\"state\":\"draining\",\"up\":true,\"lastError\":\"over\"},"
            + "{\"name\":\"b\",\"state\":\"draining\",\"up\":false,\"lastError\":\"gone\"},"
            + "{\"name\":\"c\",\"state\":\"ejected\",\"up\":true,\"lastError\":\"fails\"}]}";
    try (FakeUpstream server = FakeUpstream.start(call -> call.respond(200, told))) {
      Command.Status asked =
          new Command.Status(Path.of("none.json"), Optional.of(server.url()), keyFile("k"), false);
      assertEquals(ExitStatus.FAILED, commands(Map.of()).status(asked));
      assertTrue(text(out).endsWith("\n  b: gone\n  c: fails\n"), text(out));
      assertFalse(text(out).contains("over"), text(out));
    }
  }

  @Test
  void whoDoesNotAnswerIsTold() throws Exception {
    Command.Status nobody =
        new Command.Status(
            Path.of("none.json"), Optional.of("http://127.0.0.1:1"), keyFile("k"), false);
    assertEquals(ExitStatus.UNKNOWN, commands(Map.of()).status(nobody));
    assertTrue(text(err).contains("http://127.0.0.1:1 can't be asked: "), text(err));
    try (FakeUpstream server = chatting()) {
      Command.Status other =
          new Command.Status(Path.of("none.json"), Optional.of(server.url()), keyFile("k"), false);
      assertEquals(ExitStatus.UNKNOWN, commands(Map.of()).status(other));
      assertTrue(text(err).contains("isn't a gateway, or an older one"), text(err));
    }
  }
}
