import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Runs the gateway of an image once, under the traffic that it is made for, so that the JVM writes
 * down which classes it loaded and which methods it compiled, and why. The launcher gives that
 * file, the AOT cache, to every later start: it answers sooner and runs compiled code sooner.
 *
 * <p>A method is compiled early in later runs if it was compiled in this one. So each part of the
 * traffic is repeated until the JVM compiles for good: requests, and just as much connections and
 * streams, whose outermost methods run once each.
 *
 * <p>An image without the cache works as well. So whatever goes wrong here is said in one line, and
 * the build goes on.
 */
final class Train {
  private static final Duration START_MAX = Duration.ofSeconds(30);
  private static final Duration NOTICE_MAX = Duration.ofSeconds(30);
  private static final Duration STOP_MAX = Duration.ofSeconds(120);
  private static final int ANSWER_MILLIS_MAX = 30_000;
  private static final int CLIENTS = 16;
  private static final int REQUESTS = 2_000;
  private static final int CONNECTIONS = 400;
  private static final int STREAMS = 100;
  private static final int TOKENS = 60;
  private static final long TOKEN_NANOS = 300_000;
  private static final String KEY = "training";
  private static final String OTHER_KEY = "learning";
  private static final String TOKEN =
      "{\"model\":\"demo\",\"created_at\":\"2026-01-01T00:00:00.000000000Z\","
          + "\"message\":{\"role\":\"assistant\",\"content\":\" word\"},\"done\":false}\n";
  private static final String BODY =
      "{\"model\":\"demo\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

  private final int gateway;

  private Train(int gateway) {
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
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void train(Path image, Path cache, Path folder) throws Exception {
    ServerSocket upstream = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(() -> serve(upstream));
    int port = freePort();
    Path config =
        Files.writeString(folder.resolve("config.json"), config(port, upstream.getLocalPort()));
    Path log = folder.resolve("log");
    ProcessBuilder gateway =
        new ProcessBuilder(
                image.resolve("bin/java").toString(),
                "-XX:AOTCacheOutput=" + cache,
                // The JVM's own, instead of the image's: a method seen early has a better profile.
                "-XX:Tier0InvokeNotifyFreqLog=7",
                "-XX:Tier0BackedgeNotifyFreqLog=10",
                "-m",
                "ollama.gateway.app/ollama.gateway.app.Main",
                "--config",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // As in a service or a container: without a locale the JVM needs a few classes more.
    gateway.environment().put("LC_ALL", "C");
    Process process = gateway.start();
    try {
      Train train = new Train(port);
      train.awaitStart(process, log);
      train.send(config);
      process.destroy();
      if (!process.waitFor(STOP_MAX)) {
        throw new IOException("it doesn't stop");
      }
      if (!Files.exists(cache)) {
        throw new IOException("the JVM wrote none; " + lastLine(log));
      }
    } finally {
      process.destroyForcibly();
      upstream.close();
    }
  }

  private static String config(int port, int upstreamPort) {
    return """
    {
      "gatewayAddress": "127.0.0.1:%d",
      "ollamaAddresses": ["http://127.0.0.1:%d"],
      "logging": true,
      "apiKeys": ["%s"],
      "rateLimit": {"maxRequests": 1000000, "timeWindowSeconds": 1, "enabled": true},
      "security": {"allowIps": ["127.0.0.0/8", "::1"], "denyIps": ["10.0.0.0/8"]},
      "metrics": {"enabled": true}
    }
    """
        .formatted(port, upstreamPort, KEY);
  }

  private void awaitStart(Process process, Path log) throws Exception {
    long deadline = System.nanoTime() + START_MAX.toNanos();
    while (true) {
      try (Client client = new Client(gateway)) {
        client.get("/api/version");
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

  /**
   * What users send: small requests, short connections, streams, a scrape, one reload, and one
   * change of the file that the gateway notices by itself.
   */
  private void send(Path config) throws Exception {
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(
            clients.submit(
                () -> {
                  act();
                  return null;
                }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
    try (Client client = new Client(gateway)) {
      client.get("/config/reload");
      client.get("/api/tags");
    }
    Files.writeString(config, Files.readString(config).replace(KEY, OTHER_KEY));
    awaitOtherKey();
  }

  private void awaitOtherKey() throws Exception {
    long deadline = System.nanoTime() + NOTICE_MAX.toNanos();
    while (true) {
      try (Client client = new Client(gateway)) {
        client.get("/api/tags", OTHER_KEY);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new IOException("it doesn't notice that its settings have changed", e);
        }
        Thread.sleep(50);
      }
    }
  }

  private void act() throws IOException {
    try (Client client = new Client(gateway)) {
      for (int i = 0; i < REQUESTS; i++) {
        client.get(i % 2 == 0 ? "/api/tags" : "/v1/models");
      }
      client.get("/metrics");
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      try (Client client = new Client(gateway)) {
        client.get("/api/version");
      }
    }
    for (int i = 0; i < STREAMS; i++) {
      try (Client client = new Client(gateway)) {
        client.post(i % 2 == 0 ? "/api/chat" : "/v1/chat/completions");
      }
    }
  }

  /** One connection to the gateway. */
  private static final class Client implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    Client(int port) throws IOException {
      socket.connect(
          new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          ANSWER_MILLIS_MAX);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      in = new BufferedInputStream(socket.getInputStream());
    }

    void get(String path) throws IOException {
      get(path, KEY);
    }

    void get(String path, String key) throws IOException {
      ask("GET " + path, "", key);
    }

    void post(String path) throws IOException {
      ask("POST " + path, BODY, KEY);
    }

    /** Insists on success: a gateway that refuses everything would learn to refuse. */
    private void ask(String methodAndPath, String body, String key) throws IOException {
      String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
      write(
          socket.getOutputStream(),
          methodAndPath
              + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer "
              + key
              + "\r\nUser-Agent: training\r\nAccept: */*\r\nContent-Type: application/json\r\n"
              + length
              + "\r\n"
              + body);
      String head = readHead(in);
      if (!head.startsWith("HTTP/1.1 200")) {
        throw new IOException(
            methodAndPath + " was answered with " + head.lines().findFirst().orElse(""));
      }
      if (head.contains("chunked")) {
        int size = Integer.parseInt(readLine(in), 16);
        while (size > 0) {
          in.skipNBytes(size + 2L);
          size = Integer.parseInt(readLine(in), 16);
        }
        readLine(in);
      } else {
        in.skipNBytes(length(head));
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** The server behind the gateway: any GET gets a small JSON, any POST a stream. */
  private static void serve(ServerSocket listener) {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.ofPlatform().daemon().start(() -> serve(socket));
      } catch (IOException e) {
        // Closed: the training is over.
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        String head = readHead(in);
        in.skipNBytes(length(head));
        if (head.startsWith("POST")) {
          stream(out);
        } else {
          write(
              out,
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                  + "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}");
        }
      }
    } catch (IOException e) {
      // The gateway closed the connection.
    }
  }

  private static void stream(OutputStream out) throws IOException {
    write(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
            + "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n");
    String chunk = Integer.toHexString(TOKEN.length()) + "\r\n" + TOKEN + "\r\n";
    for (int i = 0; i < TOKENS; i++) {
      LockSupport.parkNanos(TOKEN_NANOS);
      write(out, chunk);
    }
    write(out, "0\r\n\r\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    String line = readLine(in);
    while (!line.isEmpty()) {
      head.append(line).append('\n');
      line = readLine(in);
    }
    return head.toString();
  }

  private static String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b = in.read();
    while (b != '\n') {
      if (b < 0) {
        throw new EOFException("the connection ended");
      }
      if (b != '\r') {
        line.write(b);
      }
      b = in.read();
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  private static int length(String head) {
    return head.lines()
        .filter(line -> line.startsWith("Content-Length: "))
        .mapToInt(line -> Integer.parseInt(line.substring("Content-Length: ".length())))
        .findFirst()
        .orElse(0);
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
