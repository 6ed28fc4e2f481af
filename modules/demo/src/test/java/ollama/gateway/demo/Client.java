package ollama.gateway.demo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One plain connection: tests see heads and chunks as they are on the wire. */
final class Client implements AutoCloseable {

  private static final int WAIT_MILLIS_MAX = 30_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  /** An answer's head; field names in lower case. */
  record Head(int status, Map<String, String> fields) {
    String field(String lowerCase) {
      return fields.getOrDefault(lowerCase, "");
    }
  }

  /** An answer; {@code chunks} is empty when its length was told. */
  record Reply(Head head, List<String> chunks, String body) {
    int status() {
      return head.status();
    }

    String type() {
      return head.field("content-type");
    }
  }

  Client(InetSocketAddress address) throws IOException {
    socket.connect(address);
    socket.setSoTimeout(WAIT_MILLIS_MAX);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a request and reads its answer, on a connection of its own. */
  static Reply call(DemoServer server, String method, String path, String body) throws IOException {
    try (Client client = new Client(server.address())) {
      client.send(method, path, body);
      return client.reply(method);
    }
  }

  static Reply get(DemoServer server, String path) throws IOException {
    return call(server, "GET", path, "");
  }

  static Reply post(DemoServer server, String path, String body) throws IOException {
    return call(server, "POST", path, body);
  }

  void send(String method, String path, String body) throws IOException {
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    sendRaw(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: demo\r\nContent-Length: "
            + length
            + "\r\n\r\n"
            + body);
  }

  void sendRaw(String text) throws IOException {
    sendRaw(text.getBytes(StandardCharsets.UTF_8));
  }

  void sendRaw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  Reply reply(String method) throws IOException {
    Head head = head();
    if (head.field("transfer-encoding").equals("chunked")) {
      List<String> chunks = new ArrayList<>();
      for (Optional<String> chunk = chunk(); chunk.isPresent(); chunk = chunk()) {
        chunks.add(chunk.get());
      }
      return new Reply(head, chunks, String.join("", chunks));
    }
    boolean none = method.equals("HEAD") || head.field("content-length").isEmpty();
    int length = none ? 0 : Integer.parseInt(head.field("content-length"));
    return new Reply(head, List.of(), text(length));
  }

  Head head() throws IOException {
    String statusLine = line();
    Map<String, String> fields = new HashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      if (fields.put(name, line.substring(colon + 1).strip()) != null) {
        throw new IOException("the field " + name + " comes twice");
      }
    }
    return new Head(Integer.parseInt(statusLine.substring(9, 12)), fields);
  }

  /** The next chunk; empty for the last one. */
  Optional<String> chunk() throws IOException {
    int length = Integer.parseInt(line(), 16);
    String chunk = text(length);
    if (!line().isEmpty()) {
      throw new IOException("no line end after a chunk");
    }
    return length == 0 ? Optional.empty() : Optional.of(chunk);
  }

  /** All that comes until the server closes. */
  String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private String text(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the answer was cut off");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the answer was cut off");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }
}
