package ollama.gateway.app.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import ollama.gateway.app.testing.FreePorts;
import ollama.gateway.app.testing.RawClient;

/** The gateway under load: a process, its settings file, its numbers. */
final class Subject implements AutoCloseable {

  static final String KEY = "soak-admin";
  static final String AUTH = "Authorization: Bearer " + KEY + "\r\n";

  private final Path config;
  private final int port;
  private final Process process;

  /** Starts a command to which the settings' file is appended. */
  Subject(List<String> command, Path folder, List<String> servers) throws Exception {
    config = folder.resolve("config.json");
    port = FreePorts.next();
    write(servers);
    List<String> line =
        Stream.concat(command.stream(), Stream.of("--config", config.toString())).toList();
    process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("gateway.log").toFile())
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try (RawClient _ = connect()) {
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          close();
          throw new IOException("the gateway doesn't start, see " + folder, e);
        }
        Thread.sleep(50);
      }
    }
  }

  /** Writes settings without the keys that were made since. */
  void write(List<String> servers) throws IOException {
    String urls = String.join("\", \"", servers);
    Files.writeString(
        config,
        """
        {
          "gatewayAddress": "127.0.0.1:%d",
          "ollamaAddresses": ["%s"],
          "logging": true,
          "apiKeys": ["%s"],
          "metrics": {"enabled": true},
          "limits": {"connectionsPerAddress": 2000},
          "timeouts": {"firstByteSeconds": 3, "upstreamIdleSeconds": 3},
          "loadBalancer": {"healthCheckIntervalInSeconds": 1}
        }
        """
            .formatted(port, urls, KEY));
  }

  /** Writes what can't be read. */
  void writeBroken() throws IOException {
    Files.writeString(config, "{\"ollamaAddresses\": [");
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  RawClient connect() throws IOException {
    return new RawClient(address());
  }

  /** The status of a GET on a connection of its own. */
  String get(String target) throws IOException {
    try (RawClient client = connect()) {
      return client
          .send("GET " + target + " HTTP/1.1\r\nHost: g\r\n" + AUTH + "\r\n")
          .answer()
          .text();
    }
  }

  Sample sample() throws IOException {
    return new Sample(get("/metrics"), longestWaitForCpuNanos());
  }

  /**
   * The longest time so far, over the event loops, that the system let one wait for a processor: on
   * a busy machine a task seems to take that much longer.
   */
  private long longestWaitForCpuNanos() throws IOException {
    long most = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path task : tasks.toList()) {
        try {
          if (Files.readString(task.resolve("comm"), StandardCharsets.UTF_8).startsWith("loop-")) {
            String stat = Files.readString(task.resolve("schedstat"), StandardCharsets.UTF_8);
            most = Math.max(most, Long.parseLong(stat.split(" ", -1)[1]));
          }
        } catch (IOException e) {
          // A thread that ended meanwhile; loops don't.
        }
      }
    }
    return most;
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Stops it as a supervisor does; gives its exit status. */
  int stop() throws InterruptedException {
    process.destroy();
    return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
  }

  @Override
  public void close() {
    Process _ = process.destroyForcibly();
  }
}
