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
import ollama.gateway.app.GatewayProcess;
import ollama.gateway.config.ConfigException;

/** A real gateway with everything on, before a server's plain socket. */
final class Loopback implements AutoCloseable {

  private static final String KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

  private final Path config;
  private final GatewayProcess gateway;
  private final ServerSocket listener;

  Loopback() throws IOException, ConfigException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    config = Files.createTempFile("benchmark", ".json");
    Files.writeString(
        config,
        """
        {
          "gatewayAddress": "127.0.0.1:0",
          "ollamaAddresses": ["http://localhost:%d"],
          "apiKeys": ["%s"],
          "rateLimit": {"enabled": true, "maxRequests": 1000000, "timeWindowSeconds": 1},
          "security": {"denyIps": ["10.0.0.0/8"]},
          "metrics": {"enabled": true}
        }
        """
            .formatted(listener.getLocalPort(), KEY));
    gateway = GatewayProcess.create(config, Map.of(), false);
    gateway.listen();
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
  Ends throughTheGateway(byte[] request) throws IOException {
    Socket client = connect(gateway.addresses().getFirst());
    client.getOutputStream().write(request);
    return new Ends(client, acceptRequest());
  }

  /** The same without a gateway in between, and without a request. */
  Ends direct() throws IOException {
    Socket client = connect((InetSocketAddress) listener.getLocalSocketAddress());
    Socket server = listener.accept();
    server.setTcpNoDelay(true);
    return new Ends(client, server);
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

  static void readHead(InputStream in) throws IOException {
    int matched = 0;
    while (matched < 4) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("no head");
      }
      matched = b == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : b == '\r' ? 1 : 0;
    }
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    listener.close();
    Files.delete(config);
  }

  /** The health check comes on a connection of its own, and closes that. */
  private Socket acceptRequest() throws IOException {
    while (true) {
      Socket accepted = listener.accept();
      accepted.setTcpNoDelay(true);
      byte[] start = accepted.getInputStream().readNBytes("GET /api".length());
      readHead(accepted.getInputStream());
      if (new String(start, StandardCharsets.US_ASCII).equals("GET /api")) {
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
}
