package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FreePorts;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.JvmOptions;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own: what it prints, its signals, its exit status. */
class MainTest {

  private @TempDir Path folder = Path.of("");
  private final List<Process> processes = new ArrayList<>();

  @AutoClose
  private final FakeUpstream upstream = FakeUpstream.start(call -> call.respond(200, "one"));

  @AfterEach
  void close() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void versionAndHelpAndWrongArguments() throws Exception {
    Process version = run("version");
    Process help = run("--help");
    Process wrong = run("--confg", "x");
    assertEquals(0, exit(version));
    assertTrue(out(version).startsWith("ollama-gateway "));
    assertEquals(0, exit(help));
    assertEquals(Help.PROGRAM, out(help));
    assertEquals(2, exit(wrong));
    assertEquals(
        "unknown argument: --confg; `ollama-gateway --help` shows what there is", err(wrong));
  }

  @Test
  void whatKeepsItFromStartingIsToldWithItsOwnStatus() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Path busy = settings("127.0.0.1:" + taken.getLocalPort(), "[\"sekret\"]");
      Path broken = folder.resolve("broken.json");
      Files.writeString(broken, "{\"ollamaAddresses\": [], \"port\": 1}");
      Process missing = run("--config", folder.resolve("nothing.json").toString());
      Process wrong = run("--config", broken.toString());
      Process unlucky = run("--config", busy.toString());
      assertEquals(2, exit(missing));
      assertTrue(err(missing).contains("there is no such file"));
      assertEquals(2, exit(wrong));
      assertTrue(err(wrong).lines().count() >= 2);
      assertEquals(1, exit(unlucky));
      String why = err(unlucky);
      assertTrue(
          why.contains("the gateway can't listen on 127.0.0.1:" + taken.getLocalPort()), why);
      assertTrue(why.contains("change gatewayAddress"), why);
    }
  }

  @Test
  void signalsReloadDrainAndEndWithStatusZero() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    upstream.script(
        call -> {
          String _ = call.readBody();
          if (call.target().equals("/api/chat")) {
            call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
            call.await(go);
            call.send(Bytes.chunk("b") + Bytes.LAST_CHUNK);
          } else {
            call.respond(200, "one");
          }
        });
    Path file = settings("127.0.0.1:0", "[\"sekret\"]");
    Process process = run("--config", file.toString());
    InetSocketAddress address = listening(process.inputReader());
    assertEquals(401, get(address, "after").status());
    Files.writeString(file, Files.readString(file).replace("sekret", "after"));
    kill(process, "HUP");
    awaitAllowed(address, "after");
    assertEquals(401, get(address, "sekret").status());
    // A broken file changes nothing.
    Files.writeString(file, "{");
    kill(process, "HUP");
    awaitLogged(process, " ERROR the settings weren't reloaded, the old ones stay: ");
    try (RawClient client = new RawClient(address)) {
      String request = TestGateway.postOf("/api/chat", "{}").replace("sekret", "after");
      Head head = client.send(request).head();
      assertEquals("a", client.chunk());
      kill(process, "TERM");
      awaitRefused(address);
      go.countDown();
      Answer answer = client.body(head, false);
      assertEquals("b", answer.text());
      assertEquals(End.COMPLETE, answer.end());
    }
    assertEquals(0, exit(process));
    String log = err(process);
    assertTrue(log.contains(" INFO  started: scheduler="), log);
    assertTrue(log.contains(" INFO  the settings were reloaded"), log);
    assertTrue(log.contains(" WARN  no key in apiKeys is marked admin"), log);
    assertTrue(log.contains(" POST /api/chat status=200 server=" + upstream.url()), log);
    assertTrue(log.contains(" key=key-1 "), log);
    assertTrue(log.contains(" INFO  stopped"), log);
    // No key is ever logged.
    assertFalse(log.contains("sekret"), log);
    assertFalse(log.contains("Bearer"), log);
  }

  @Test
  void aSecondSignalStopsAtOnce() throws Exception {
    upstream.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Bytes.chunk("a"));
          long _ = call.awaitEnd();
        });
    Process process = run("--config", settings("127.0.0.1:0", "[\"sekret\"]").toString());
    InetSocketAddress address = listening(process.inputReader());
    try (RawClient client = new RawClient(address)) {
      Head head = client.send(TestGateway.postOf("/api/chat", "{}")).head();
      assertEquals("a", client.chunk());
      kill(process, "INT");
      awaitRefused(address);
      kill(process, "INT");
      End end = client.body(head, false).end();
      assertTrue(end == End.CUT || end == End.RESET, end.toString());
    }
    assertEquals(0, exit(process));
  }

  @Test
  void aFirstStartKeepsAKeyAndShowsHowToUseItWithoutShowingIt() throws Exception {
    Path file = settings("127.0.0.1:0", "[]");
    Path keyFile = folder.resolve("key");
    Process process = run("serve", "--config", file.toString(), "--key-file", keyFile.toString());
    List<String> printed = new ArrayList<>();
    InetSocketAddress address = listening(process.inputReader(), printed);
    String key = Files.readString(keyFile).strip();
    String all = String.join("\n", printed);
    assertFalse(all.contains(key), all);
    assertTrue(all.contains(" in " + keyFile + " (mode 600)"), all);
    assertTrue(all.contains("curl -N http://127.0.0.1:" + address.getPort() + "/api/chat"), all);
    assertTrue(all.contains("Bearer $(cat '" + keyFile + "')"), all);
    assertTrue(all.contains("from ollama import Client"), all);
    assertEquals(200, get(address, key).status());
    kill(process, "TERM");
    assertEquals(0, exit(process));
    assertFalse(err(process).contains(key));
  }

  @Test
  void aFirstStartThatNobodyWatchesMakesNoKeyAndSaysHow() throws Exception {
    Path file = settings("127.0.0.1:0", "[]");
    String before = Files.readString(file);
    Process process = run("--config", file.toString());
    List<String> printed = new ArrayList<>();
    InetSocketAddress address = listening(process.inputReader(), printed);
    assertEquals(List.of(), printed);
    assertEquals(401, get(address, "any").status());
    kill(process, "TERM");
    assertEquals(0, exit(process));
    assertEquals(before, Files.readString(file));
    String log = err(process);
    assertTrue(log.contains("apiKeys is empty: nobody is let in; "), log);
    assertTrue(log.contains("`ollama-gateway key new --admin --config " + file + "`"), log);
  }

  @Test
  void serversThatSomebodyNamedAreServedAlsoWhenNobodyListensThere() throws Exception {
    Path file = settings("127.0.0.1:0", "[]");
    String url = "http://127.0.0.1:" + FreePorts.next();
    Files.writeString(file, Files.readString(file).replace(upstream.url(), url));
    Path keyFile = folder.resolve("key");
    Process process =
        run("--config", file.toString(), "--key-file", keyFile.toString(), "--demo-if-alone");
    List<String> printed = new ArrayList<>();
    InetSocketAddress address = listening(process.inputReader(), printed);
    String all = String.join("\n", printed);
    assertTrue(all.contains("Nothing listens at " + url + ", so requests get 503"), all);
    assertTrue(all.contains("change ollamaAddresses in\n  " + file), all);
    assertFalse(all.contains("Demo"), all);
    assertEquals(503, get(address, Files.readString(keyFile).strip()).status());
  }

  private Process run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(JvmOptions.ofTheseTests());
    command.add("--module-path");
    command.add(System.getProperty("jdk.module.path"));
    // The build leaves to the class path what no descriptor requires.
    command.add("--class-path");
    command.add(System.getProperty("java.class.path"));
    command.add("--module");
    command.add("ollama.gateway.app/" + Main.class.getName());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectError(folder.resolve("err-" + processes.size()).toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Path settings(String gatewayAddress, String keys) throws IOException {
    Path file = folder.resolve("config-" + processes.size() + ".json");
    Files.writeString(
        file,
        """
        {
          "ollamaAddresses": ["%s"],
          "gatewayAddress": "%s",
          "logging": true,
          "apiKeys": %s
        }
        """
            .formatted(upstream.url(), gatewayAddress, keys));
    return file;
  }

  private static InetSocketAddress listening(BufferedReader out) throws IOException {
    return listening(out, new ArrayList<>());
  }

  private static InetSocketAddress listening(BufferedReader out, List<String> printed)
      throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith("listening on ")) {
      printed.add(line);
      line = out.readLine();
    }
    if (line == null) {
      throw new AssertionError("it ended: " + printed);
    }
    int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  private static Answer get(InetSocketAddress address, String key) throws IOException {
    try (RawClient client = new RawClient(address)) {
      return client
          .send("GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: " + key + "\r\n\r\n")
          .answer();
    }
  }

  private static void kill(Process process, String signal) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start();
    assertEquals(0, kill.waitFor());
  }

  private static void awaitAllowed(InetSocketAddress address, String key) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (get(address, key).status() != 200) {
      assertTrue(System.nanoTime() - deadline < 0, "the reload didn't come");
    }
  }

  private static void awaitRefused(InetSocketAddress address) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() - deadline < 0) {
      try (RawClient _ = new RawClient(address)) {
        Thread.onSpinWait();
      } catch (IOException e) {
        return;
      }
    }
    throw new AssertionError("it still listens");
  }

  private static int exit(Process process) throws InterruptedException {
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it doesn't end");
    return process.exitValue();
  }

  private static String out(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void awaitLogged(Process process, String text) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!err(process).contains(text)) {
      assertTrue(System.nanoTime() - deadline < 0, err(process));
      LockSupport.parkNanos(1_000_000);
    }
  }

  private String err(Process process) throws IOException {
    return Files.readString(folder.resolve("err-" + processes.indexOf(process))).strip();
  }
}
