package ollama.gateway.jmh;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.GatewayProcess;
import ollama.gateway.config.ConfigException;

/**
 * A real gateway with everything on, before a server's plain socket. In turn, since else the
 * gateway asks that server for lists of models, on a connection that a benchmark takes for its own.
 */
final class Loopback implements AutoCloseable {

  private static final String KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
  private static final long MAX_SECONDS = 20;

  private final Path config;
  private final GatewayProcess gateway;
  private final ServerSocket listener;
  private final BlockingQueue<Socket> asked = new ArrayBlockingQueue<>(1);
  // The first line of the request that somebody waits for.
  private volatile String awaited = "";

  Loopback() throws IOException, ConfigException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    config = Files.createTempFile("benchmark", ".json");
    Files.writeString(
        config,
        """
        {
          "gatewayAddress": "127.0.0.1:0",
          "ollamaAddresses": ["http://localhost:%d"],
          "loadBalancer": {"policy": "round-robin"},
          "apiKeys": ["%s"],
          "rateLimit": {"enabled": true, "maxRequests": 1000000, "timeWindowSeconds": 1},
          "security": {"denyIps": ["10.0.0.0/8"]},
          "metrics": {"enabled": true}
        }
        """
            .formatted(listener.getLocalPort(), KEY));
    gateway = GatewayProcess.create(config, Map.of(), false);
    gateway.listen();
    Thread.ofPlatform().daemon().name("server").start(this::serve);
  }

  /** The two ends of a way. */
  record Ends(Socket client, Socket server) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }

  /** A client that has asked for this through the gateway, and the server that has been asked. */
  Ends throughTheGateway(byte[] request) throws IOException, InterruptedException {
    awaited = new String(request, StandardCharsets.US_ASCII).lines().findFirst().orElseThrow();
    Socket client = connect(gateway.addresses().getFirst());
    client.getOutputStream().write(request);
    Socket server = asked.poll(MAX_SECONDS, TimeUnit.SECONDS);
    if (server == null) {
      throw new IOException("the gateway didn't pass the request on");
    }
    return new Ends(client, server);
  }

  /** The same without a gateway in between, and without a request. */
  static Ends direct() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Socket client = connect((InetSocketAddress) listener.getLocalSocketAddress());
      Socket server = listener.accept();
      server.setTcpNoDelay(true);
      return new Ends(client, server);
    }
  }

  /** A request that the gateway lets in. */
  static byte[] get(String path) {
    return ("GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + KEY
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads up to the end of a head.
   *
   * @return its first line
   */
  static String readHead(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    boolean isFirst = true;
    int matched = 0;
    while (matched < 4) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("no head");
      }
      matched = b == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : b == '\r' ? 1 : 0;
      isFirst &= matched == 0;
      if (isFirst) {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    listener.close();
    Files.delete(config);
  }

  /** What the gateway asks for itself, it asks as long as it runs: health, version. */
  private void serve() {
    try {
      while (true) {
        Socket accepted = listener.accept();
        accepted.setTcpNoDelay(true);
        String line = readHead(accepted.getInputStream());
        if (line.equals(awaited)) {
          awaited = "";
          asked.add(accepted);
        } else {
          answer(accepted, line.startsWith("GET / ") ? "200 OK" : "404 Not Found");
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void answer(Socket asker, String status) throws IOException {
    try (asker) {
      String head = "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n";
      asker.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setTcpNoDelay(true);
    return socket;
  }
}
