package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Certificates;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.demo.DemoServer;
import ollama.gateway.demo.Pace;
import ollama.gateway.http.loop.EventLoops;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command that has servers pull a model, on gateways that run. */
@Timeout(120)
class PullCommandTest {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir private Path folder;

  @AutoClose private final EventLoops loops = EventLoops.start(1);
  @AutoClose private final DemoServer one = DemoServer.start(loops, ANY, Pace.unlimited());
  @AutoClose private final DemoServer two = DemoServer.start(loops, ANY, Pace.unlimited());
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  PullCommandTest() throws IOException {}

  private TestGateway gateway() throws Exception {
    return TestGateway.before("http://" + name(one), "http://" + name(two)).start();
  }

  private static String name(DemoServer server) {
    return "127.0.0.1:" + server.address().getPort();
  }

  private int pull(Command.Pull asked, boolean isTerminal) {
    Map<String, String> environment =
        Map.of("OLLAMA_GATEWAY_KEY", TestGateway.KEY, "COLUMNS", "100");
    return new PullCommand(environment, print(out), print(err)).run(asked, isTerminal);
  }

  private static Command.Pull at(String url, String model, String servers) {
    return new Command.Pull(
        model,
        Optional.of(servers).filter(names -> !names.isEmpty()),
        Path.of("none.json"),
        Optional.of(url),
        Optional.empty());
  }

  private static String url(TestGateway gateway) {
    return "http://127.0.0.1:" + gateway.address().getPort();
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void allServersPullAndEachHasItsLines() throws Exception {
    try (TestGateway gateway = gateway()) {
      int status = pull(at(url(gateway), "demo", "all"), false);
      assertEquals(ExitStatus.DONE, status, text(err));
      assertTrue(text(out).contains(name(one) + ": success\n"), text(out));
      assertTrue(text(out).contains(name(two) + ": success\n"), text(out));
      assertEquals("", text(err));
      assertTrue(text(out).indexOf('\u001b') < 0, "no terminal, no control");
    }
  }

  @Test
  void aTerminalGetsBarsInOnePlace() throws Exception {
    try (TestGateway gateway = gateway()) {
      String servers = name(one) + "," + name(two);
      assertEquals(ExitStatus.DONE, pull(at(url(gateway), "demo", servers), true), text(err));
      String end = "%-15s success\u001b[K\n%-15s success\u001b[K\n".formatted(name(one), name(two));
      assertTrue(text(out).endsWith(end), text(out));
    }
  }

  @Test
  void oneServerThatFailsIsTheExitStatus() throws Exception {
    try (TestGateway gateway = gateway()) {
      String made = "{\"model\":\"here\",\"from\":\"demo\"}";
      Answer create = gateway.post("/api/create?servers=" + name(one), made);
      assertEquals(200, create.status());

      assertEquals(ExitStatus.FAILED, pull(at(url(gateway), "here", "all"), false));

      assertTrue(text(out).contains(name(one) + ": success\n"), text(out));
      assertTrue(text(out).contains(name(two) + ": failed: pull model manifest: "), text(out));
      assertTrue(text(err).contains("Done by " + name(one) + ". "), text(err));
    }
  }

  @Test
  void theOnlyServerFailsInItsOwnWords() throws Exception {
    try (TestGateway gateway = TestGateway.before("http://" + name(one)).start()) {
      assertEquals(ExitStatus.FAILED, pull(at(url(gateway), "nosuch", ""), true));
      assertTrue(text(out).contains("server failed: pull model manifest: "), text(out));
      assertTrue(text(err).startsWith("pull model manifest: the demo server"), text(err));
    }
  }

  @Test
  void aServerThatIsNoneIsAMistakeOfTheCommandLine() throws Exception {
    try (TestGateway gateway = gateway()) {
      assertEquals(ExitStatus.WRONG_INPUT, pull(at(url(gateway), "demo", "else where"), true));
      assertTrue(
          text(err).contains("answered with status 400: No server is called else where: "),
          text(err));
      assertEquals("", text(out));
    }
  }

  @Test
  void whoIsNotLetInIsToldWhatToDo() throws Exception {
    try (TestGateway gateway =
        TestGateway.before("http://" + name(one))
            .set(
                "apiKeys",
                "["
                    + TestGateway.entry("admin", "other", true)
                    + ","
                    + TestGateway.entry("user", TestGateway.KEY, false)
                        .replace("}", ", \"endpoints\": [\"inference\"]}")
                    + "]")
            .start()) {
      assertEquals(ExitStatus.UNKNOWN, pull(at(url(gateway), "demo", ""), false));
      assertTrue(text(err).contains("status 403: This API key may not do this: "), text(err));
      assertTrue(text(err).contains("; ask with an admin key, or one whose"), text(err));

      gateway.set("apiKeys", "[" + TestGateway.entry("admin", "other", true) + "]");
      gateway.process().reload();
      err.reset();
      assertEquals(ExitStatus.UNKNOWN, pull(at(url(gateway), "demo", ""), false));
      assertTrue(text(err).contains("status 401: "), text(err));
      assertTrue(text(err).contains("; it needs a key of that gateway: name its"), text(err));
    }
  }

  @Test
  void whoDoesNotAnswerOrIsNoGatewayIsTold() throws Exception {
    assertEquals(ExitStatus.UNKNOWN, pull(at("http://127.0.0.1:1", "demo", ""), false));
    assertTrue(text(err).contains("http://127.0.0.1:1 can't be asked: "), text(err));
    try (FakeUpstream other =
        FakeUpstream.start(call -> call.respond(404, "<html>\u001b[2J</html>"))) {
      err.reset();
      assertEquals(ExitStatus.UNKNOWN, pull(at(other.url(), "demo", ""), false));
      assertTrue(text(err).contains("404: <html>?[2J</html>; is there a gateway"), text(err));
      other.script(call -> call.respond(200, "<html>"));
      err.reset();
      assertEquals(ExitStatus.FAILED, pull(at(other.url(), "demo", ""), false));
      assertTrue(text(err).contains("this is no progress of a pull: <html>"), text(err));
      other.script(call -> call.respond(200, "x".repeat((1 << 20) + 1)));
      err.reset();
      assertEquals(ExitStatus.FAILED, pull(at(other.url(), "demo", ""), false));
      assertTrue(text(err).contains("longer than 1 MiB"), text(err));
    }
    Command.Pull keyless =
        new Command.Pull(
            "demo",
            Optional.empty(),
            Path.of("none.json"),
            Optional.of("http://127.0.0.1:1"),
            Optional.empty());
    err.reset();
    PullCommand command = new PullCommand(Map.of(), print(out), print(err));
    assertEquals(ExitStatus.WRONG_INPUT, command.run(keyless, false));
    assertTrue(text(err).contains("pull needs a key that may manage models: name a"), text(err));
  }

  @Test
  void whatIsCutIsNotTakenForDone() throws Exception {
    try (FakeUpstream cutting =
        FakeUpstream.start(
            call -> {
              String _ = call.readBody();
              call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              call.send("1e\r\n{\"status\":\"pulling manifest\"}\n\r\n");
              call.reset();
            })) {
      assertEquals(ExitStatus.FAILED, pull(at(cutting.url(), "demo", ""), false));
      assertTrue(text(err).contains("ended its answer before all was done"), text(err));
    }
  }

  @Test
  void withoutAUrlItIsTheGatewayOfTheSettingsAndEachLineComesAtOnce() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (FakeUpstream slow =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  call.send("1e\r\n{\"status\":\"pulling manifest\"}\n\r\n");
                  call.await(seen);
                  call.send("15\r\n{\"status\":\"success\"}\n\r\n0\r\n\r\n");
                });
        TestGateway gateway = TestGateway.start(slow)) {
      FutureTask<Integer> pulling = new FutureTask<>(() -> pull(here(gateway, ""), false));
      Thread.ofPlatform().start(pulling);
      while (!text(out).contains("server: pulling manifest\n")) {
        Thread.onSpinWait();
        assertFalse(pulling.isDone(), () -> text(err));
      }
      seen.countDown();
      assertEquals(ExitStatus.DONE, pulling.get(), text(err));
      assertTrue(text(out).endsWith("server: success\n"), text(out));
    }
  }

  @Test
  void theGatewayOfTheSettingsIsAskedInTlsAndBehindAProxyToo() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    Instant now = Instant.now();
    byte[] certificate =
        Certificates.of("gateway.example", keys, now.minusSeconds(60), now.plusSeconds(9_999))
            .getEncoded();
    String tls =
        "{\"certificate\": \""
            + pem("CERTIFICATE", certificate)
            + "\", \"privateKey\": \""
            + pem("PRIVATE KEY", keys.getPrivate().getEncoded())
            + "\"}";
    String security = "{\"proxyProtocol\": true, \"trustedProxies\": [\"127.0.0.0/8\"]}";
    try (TestGateway gateway =
        TestGateway.before("http://" + name(one))
            .set("tls", tls)
            .set("security", security)
            .start()) {
      String same = ", \"tls\": " + tls + ", \"security\": " + security;
      assertEquals(ExitStatus.DONE, pull(here(gateway, same), false), text(err));
      String none = ", \"security\": " + security;
      assertEquals(ExitStatus.DONE, pull(here(gateway, none), false), text(err));
    }
  }

  private Path pem(String what, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder().encodeToString(content);
    String pem = "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what);
    return Files.writeString(folder.resolve(what.replace(' ', '-') + ".pem"), pem);
  }

  /** By a file of its own, since that of the gateway has no port. */
  private Command.Pull here(TestGateway gateway, String more) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("config.json"),
            "{\"ollamaAddresses\": [\"http://localhost:1\"], \"gatewayAddress\": \"127.0.0.1:"
                + gateway.address().getPort()
                + "\""
                + more
                + "}");
    return new Command.Pull("demo", Optional.empty(), config, Optional.empty(), Optional.empty());
  }
}
