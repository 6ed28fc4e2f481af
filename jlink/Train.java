import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Runs the gateway of an image once, under the traffic that it is made for, so that the JVM writes
 * down which classes it loaded and how its methods behaved. The launcher gives that file, the AOT
 * cache, to every later start: it answers sooner and runs compiled code sooner.
 *
 * <p>An image without the cache works as well. So whatever goes wrong here is said in one line, and
 * the build goes on.
 */
final class Train {
  private static final Duration START_MAX = Duration.ofSeconds(30);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);
  private static final Duration STOP_MAX = Duration.ofSeconds(120);
  private static final int CLIENTS = 8;
  private static final int ROUNDS = 600;
  private static final int STREAM_EVERY = 200;
  private static final String KEY = "training";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI gateway;

  private Train(URI gateway) {
    this.gateway = gateway;
  }

  /**
   * Trains.
   *
   * @param args the image's folder
   */
  public static void main(String[] args) throws Exception {
    Path image = Path.of(args[0]);
    Path cache = image.resolve("lib/ollama-gateway.aot");
    Path folder = Files.createTempDirectory("ollama-gateway-training");
    try {
      train(image, cache, folder);
    } catch (IOException | ExecutionException e) {
      Files.deleteIfExists(cache);
      System.out.println("No AOT cache, so the image starts slower: " + e.getMessage());
    } finally {
      for (String name : List.of("config.json", "log", "key")) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.delete(folder);
    }
  }

  private static void train(Path image, Path cache, Path folder) throws Exception {
    int port = freePort();
    Path config = Files.writeString(folder.resolve("config.json"), config(port, freePort()));
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                image.resolve("bin/java").toString(),
                "-XX:AOTCacheOutput=" + cache,
                "-m",
                "ollama.gateway.app/ollama.gateway.app.Main",
                "--config",
                config.toString(),
                "--demo")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Train train = new Train(URI.create("http://127.0.0.1:" + port));
      train.awaitStart(process, log);
      train.send();
      process.destroy();
      if (!process.waitFor(STOP_MAX)) {
        throw new IOException("it doesn't stop");
      }
      if (!Files.exists(cache)) {
        throw new IOException("the JVM wrote none; " + lastLine(log));
      }
    } finally {
      process.destroyForcibly();
    }
  }

  private static String config(int port, int ollamaPort) {
    return """
    {
      "gatewayAddress": "127.0.0.1:%d",
      "ollamaAddresses": ["http://127.0.0.1:%d"],
      "logging": true,
      "apiKeys": ["%s"],
      "rateLimit": {"maxRequests": 1000000, "timeWindowSeconds": 60, "enabled": true},
      "metrics": {"enabled": true}
    }
    """
        .formatted(port, ollamaPort, KEY);
  }

  private void awaitStart(Process process, Path log) throws Exception {
    long deadline = System.nanoTime() + START_MAX.toNanos();
    while (true) {
      try {
        get("/api/version");
        return;
      } catch (IOException e) {
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          throw new IOException("it ended at once; " + lastLine(log), e);
        }
        if (System.nanoTime() > deadline) {
          throw new IOException("it doesn't answer; " + lastLine(log), e);
        }
      }
    }
  }

  /** What users send: lists, streams of both dialects, a scrape now and then, one reload. */
  private void send() throws Exception {
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(
            clients.submit(
                () -> {
                  for (int round = 0; round < ROUNDS; round++) {
                    get("/api/tags");
                    if (round % STREAM_EVERY == 0) {
                      get("/v1/models");
                      get("/metrics");
                      post("/api/chat");
                      post("/v1/chat/completions");
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
    get("/config/reload");
    get("/api/tags");
  }

  private void get(String path) throws IOException, InterruptedException {
    send(path, HttpRequest.newBuilder().GET());
  }

  private void post(String path) throws IOException, InterruptedException {
    String body =
        """
        {"model": "demo", "stream": true, "messages": [{"role": "user", "content": "Hello!"}],
         "options": {"num_predict": 20}, "max_tokens": 20}
        """;
    send(
        path,
        HttpRequest.newBuilder()
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  /** Insists on success: a gateway that refuses everything would learn to refuse. */
  private void send(String path, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    int status =
        http.send(
                request
                    .uri(gateway.resolve(path))
                    .header("Authorization", "Bearer " + KEY)
                    .timeout(ANSWER_MAX)
                    .build(),
                BodyHandlers.discarding())
            .statusCode();
    if (status != 200) {
      throw new IOException(path + " was answered with " + status);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** The gateway's last words; after them the JVM tells of its own work on the cache. */
  private static String lastLine(Path log) throws IOException {
    List<String> lines =
        Files.readAllLines(log).stream().filter(line -> !line.contains("AOT")).toList();
    return lines.isEmpty() ? "it said nothing" : "it said: " + lines.getLast();
  }
}
