package ollama.gateway.valkey;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.config.SharedConfig;
import org.junit.jupiter.api.Assumptions;

/** A real Valkey or Redis on a port of its own; tests that need one are skipped where none is. */
final class TestStore implements AutoCloseable {

  private static final long START_SECONDS_MAX = 30;

  private final int port;
  private final Process process;

  private TestStore(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  static TestStore start() throws IOException {
    int port = freePort();
    return start(port, List.of("--port", "" + port));
  }

  /** One that speaks TLS, and nothing else. */
  static TestStore startTls(TestCertificate own, String... more) throws IOException {
    int port = freePort();
    List<String> options = new ArrayList<>(tls(own, port));
    options.addAll(List.of(more));
    return start(port, options);
  }

  /** A Sentinel that does so, and says that the store is there. */
  static TestStore startTlsSentinel(TestCertificate own, Path file, String host, int storePort)
      throws IOException {
    Path _ = Files.writeString(file, "sentinel monitor store " + host + " " + storePort + " 1\n");
    int port = freePort();
    List<String> options = new ArrayList<>(List.of(file.toString(), "--sentinel"));
    options.addAll(tls(own, port));
    options.addAll(List.of("--tls-auth-clients", "no"));
    return start(port, options);
  }

  /** One with these options besides. */
  static TestStore startWith(String... more) throws IOException {
    int port = freePort();
    List<String> options = new ArrayList<>(List.of("--port", "" + port));
    options.addAll(List.of(more));
    return start(port, options);
  }

  /** One of a cluster, which has all of its slots. */
  static TestStore startCluster(Path file) throws IOException {
    String bus = "" + freePort();
    TestStore store =
        startWith(
            "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-config-file", "" + file);
    String _ = store.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (!store.command("SET", "any", "text").equals("+OK")) {
      if (System.nanoTime() > deadline) {
        store.close();
        throw new IOException("the cluster doesn't begin to answer");
      }
    }
    return store;
  }

  /** A Sentinel that wants a password, and says that the store is there. */
  static TestStore startSentinel(Path file, String password, int storePort) throws IOException {
    Path _ = Files.writeString(file, "sentinel monitor store 127.0.0.1 " + storePort + " 1\n");
    int port = freePort();
    return start(
        port,
        List.of(file.toString(), "--sentinel", "--port", "" + port, "--requirepass", password));
  }

  private static List<String> tls(TestCertificate own, int port) {
    return List.of(
        "--port",
        "0",
        "--tls-port",
        "" + port,
        "--tls-cert-file",
        own.certificate().toString(),
        "--tls-key-file",
        own.key().toString(),
        "--tls-ca-cert-file",
        own.certificate().toString());
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static TestStore start(int port, List<String> options) throws IOException {
    Optional<Path> program =
        List.of("/usr/bin/valkey-server", "/usr/bin/redis-server").stream()
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();
    Assumptions.assumeTrue(
        program.isPresent(),
        "needs valkey-server or redis-server: what gateways share wasn't checked");
    List<String> command = new ArrayList<>(List.of(program.get().toString()));
    command.addAll(options);
    command.addAll(List.of("--bind", "127.0.0.1", "--dir", System.getProperty("java.io.tmpdir")));
    if (!options.contains("--sentinel")) {
      command.addAll(List.of("--save", ""));
    }
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    TestStore store = new TestStore(port, process);
    store.awaitListening();
    return store;
  }

  private void awaitListening() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          close();
          throw new IOException("the store doesn't start", e);
        }
        Thread.onSpinWait();
      }
    }
  }

  int port() {
    return port;
  }

  static SharedConfig config(int port) {
    return new SharedConfig("valkey://127.0.0.1:" + port, false, "", "test:", 5_000, "local");
  }

  /** Does something by hand; the first line of the answer. */
  String command(String... words) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
      socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.US_ASCII));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      return String.valueOf(in.readLine());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
