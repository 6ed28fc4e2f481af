package ollama.gateway.http.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import ollama.gateway.http.loop.EventLoop;

/**
 * One end of a connection that sends exactly what it is told, with just enough of HTTP to read what
 * comes. Mostly a client; a {@link StubServer} has the other end.
 */
public final class RawPeer implements AutoCloseable {

  private static final int PACED_BYTES_MAX = 400;

  private final Socket socket;
  private final InputStream in;

  /** Connects; no read takes longer than {@link Tasks#SECONDS_MAX}. */
  public RawPeer(InetSocketAddress address) throws IOException {
    this(new Socket(address.getAddress(), address.getPort()));
  }

  /** Connects from an address of this machine. */
  public RawPeer(InetSocketAddress address, InetAddress from) throws IOException {
    this(new Socket(address.getAddress(), address.getPort(), from, 0));
  }

  /** One end of a connection that is there already. */
  public RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(Tasks.SECONDS_MAX * 1000);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a text block, its line ends as those of HTTP. */
  public RawPeer send(String textBlock) throws IOException {
    return sendRaw(Bytes.crlf(textBlock));
  }

  /** Sends a text as it is. */
  public RawPeer sendRaw(String text) throws IOException {
    socket.getOutputStream().write(Bytes.of(text));
    return this;
  }

  /**
   * Sends each byte by itself, so that the loop sees one after the other; ends early when the other
   * side wants no more.
   */
  public RawPeer sendBytes(String text, EventLoop loop) throws InterruptedException {
    // What makes an example long isn't what makes it bad: one turn for each byte costs too much.
    int paced = Math.max(0, text.length() - PACED_BYTES_MAX);
    try {
      sendRaw(text.substring(0, paced));
      for (int i = paced; i < text.length(); i++) {
        sendRaw(text.substring(i, i + 1));
        Tasks.turn(loop);
      }
    } catch (IOException e) {
      // It has heard enough; what it says to that comes next.
    }
    return this;
  }

  /** The next answer, its body by length, by chunks or up to the end of the connection. */
  public Answer receive() throws IOException {
    Answer head = receiveHead();
    if (head.status() < 200 || head.status() == 204 || head.status() == 304) {
      return head;
    }
    String body;
    if (!head.values("Transfer-Encoding").isEmpty()) {
      body = chunks();
    } else if (!head.values("Content-Length").isEmpty()) {
      body = bytes(Integer.parseInt(head.values("Content-Length").getFirst()));
    } else {
      body = rest();
    }
    return new Answer(head.status(), head.head(), body);
  }

  /** The next answer without its body, and without its date, which no test can know. */
  public Answer receiveHead() throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (!line.startsWith("Date: ")) {
        head.append(line).append('\n');
      }
    }
    return new Answer(Integer.parseInt(head.substring(9, 12)), head.toString(), "");
  }

  /** The next request's head, as a text block. */
  public String receiveRequestHead() throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line).append('\n');
    }
    return head.toString();
  }

  /** The next line, without its end, which must be CR LF. */
  public String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new AssertionError("the connection ended in a line: " + line);
      }
      if (b == '\n') {
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
          throw new AssertionError("a line without CR: " + line);
        }
        return line.substring(0, line.length() - 1);
      }
      line.append((char) b);
    }
  }

  /** So many bytes. */
  public String bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new AssertionError("the connection ended after " + bytes.length + " of " + count);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Everything up to the end of the connection. */
  public String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Whether the other end closed, in whatever way, and nothing is left to be read. */
  public boolean atEnd() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  /** Closes the sending side. */
  public RawPeer endSending() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Closes with a reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private String chunks() throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      body.append(bytes(size));
      if (!line().isEmpty()) {
        throw new AssertionError("no CR LF behind a chunk");
      }
      if (size == 0) {
        return body.toString();
      }
    }
  }
}
