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
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.GatewayProcess;
import ollama.gateway.config.ConfigException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One token of a stream, from the server's write to the client's read, over loopback: the whole way
 * through a real gateway with everything on, in step. Compare with {@code direct}, which is the
 * same two sockets without a gateway in between.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-opens=java.base/java.lang=ALL-UNNAMED",
      "-XX:AutoBoxCacheMax=20000",
    })
public class TokenBenchmark {

  private static final String KEY = "benchmark-key";
  private static final byte[] CHUNK = chunk();

  private Path config;
  private GatewayProcess gateway;
  private ServerSocket listener;
  private Socket client;
  private Socket server;
  private Socket directClient;
  private Socket directServer;
  private final byte[] received = new byte[CHUNK.length];

  /** A stream that has begun. */
  @Setup(Level.Trial)
  public void setUp() throws IOException, ConfigException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    config = Files.createTempFile("benchmark", ".json");
    Files.writeString(config, settings(listener.getLocalPort()));
    gateway = GatewayProcess.create(config, Map.of(), false);
    gateway.listen();
    client = connect(gateway.addresses().getFirst());
    client.getOutputStream().write(request());
    server = acceptStream();
    readHead(client.getInputStream());
    directClient = connect((InetSocketAddress) listener.getLocalSocketAddress());
    directServer = listener.accept();
    directServer.setTcpNoDelay(true);
  }

  /** Ends everything. */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    for (Socket socket : new Socket[] {client, server, directClient, directServer}) {
      socket.close();
    }
    gateway.close();
    listener.close();
    Files.delete(config);
  }

  /** Through the gateway. */
  @Benchmark
  public int throughTheGateway() throws IOException {
    server.getOutputStream().write(CHUNK);
    return client.getInputStream().readNBytes(received, 0, CHUNK.length);
  }

  /** Without it. */
  @Benchmark
  public int direct() throws IOException {
    directServer.getOutputStream().write(CHUNK);
    return directClient.getInputStream().readNBytes(received, 0, CHUNK.length);
  }

  /** The health check comes on a connection of its own, before or after the stream. */
  private Socket acceptStream() throws IOException {
    while (true) {
      Socket accepted = listener.accept();
      accepted.setTcpNoDelay(true);
      String head = readHead(accepted.getInputStream());
      if (head.startsWith("GET /api/stream ")) {
        accepted
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        return accepted;
      }
      accepted
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      accepted.close();
    }
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("no head");
      }
      head.append((char) b);
    }
    return head.toString();
  }

  private static byte[] request() {
    return ("GET /api/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + KEY
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] chunk() {
    String line = FramingBenchmark.LINE;
    return (Integer.toHexString(line.length()) + "\r\n" + line + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String settings(int port) {
    return """
    {
      "gatewayAddress": "127.0.0.1:0",
      "ollamaAddresses": ["http://localhost:%d"],
      "apiKeys": ["%s"],
      "rateLimit": {"enabled": true, "maxRequests": 1000},
      "security": {"denyIps": ["10.0.0.0/8"]},
      "metrics": {"enabled": true}
    }
    """
        .formatted(port, KEY);
  }
}
