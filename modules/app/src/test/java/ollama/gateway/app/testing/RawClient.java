package ollama.gateway.app.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ollama.gateway.app.testing.Answer.End;

/** A client that sends what it is told and reads what comes; all waits end after a minute. */
public final class RawClient implements AutoCloseable {

  private static final int TIMEOUT_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  /** Connects. */
  public RawClient(InetSocketAddress address) throws IOException {
    this(new Socket(address.getAddress(), address.getPort()));
  }

  private RawClient(Socket connected) throws IOException {
    socket = connected;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    out = socket.getOutputStream();
  }

  /** Connects from an address of this machine, such as 127.0.0.2. */
  public static RawClient from(String local, InetSocketAddress address) throws IOException {
    InetAddress source = InetAddress.ofLiteral(local);
    return new RawClient(new Socket(address.getAddress(), address.getPort(), source, 0));
  }

  /** The connection itself. */
  public Socket socket() {
    return socket;
  }

  /** Sends text, one byte for each character. */
  public RawClient send(String text) throws IOException {
    return send(Bytes.of(text));
  }

  /** Sends bytes. */
  public RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  /** Reads a head. */
  public Head head() throws IOException {
    return Head.read(in).orElseThrow(() -> new EOFException("no answer"));
  }

  /** Reads a whole answer to a request that wasn't a HEAD. */
  public Answer answer() throws IOException {
    return answer(false);
  }

  /** Reads a whole answer. */
  public Answer answer(boolean toHead) throws IOException {
    return body(head(), toHead);
  }

  /** Reads the body that belongs to a head. */
  public Answer body(Head head, boolean toHead) throws IOException {
    List<String> chunks = new ArrayList<>();
    int status = head.status();
    if (toHead || status < 200 || status == 204 || status == 304) {
      return new Answer(head, "", chunks, End.COMPLETE);
    }
    if (head.chunked()) {
      End end = End.COMPLETE;
      try {
        String all = Bytes.readChunks(in, chunks);
        return new Answer(head, all, chunks, end);
      } catch (EOFException e) {
        end = End.CUT;
      } catch (SocketException e) {
        end = End.RESET;
      }
      return new Answer(head, String.join("", chunks), chunks, end);
    }
    String length = head.field("Content-Length");
    if (length.isEmpty()) {
      return untilClose(head);
    }
    try {
      byte[] body = in.readNBytes(Integer.parseInt(length));
      End end = body.length == Integer.parseInt(length) ? End.COMPLETE : End.CUT;
      return new Answer(head, Bytes.text(body), chunks, end);
    } catch (SocketException e) {
      return new Answer(head, "", chunks, End.RESET);
    }
  }

  /** Reads one chunk of an answer; empty for the last one. */
  public String chunk() throws IOException {
    return Bytes.readChunk(in);
  }

  /** Waits for bytes, and gives all that came with the first ones. */
  public String some() throws IOException {
    byte[] some = new byte[64 * 1024];
    int count = in.read(some);
    return count < 0 ? "" : Bytes.text(Arrays.copyOf(some, count));
  }

  /** Reads so many bytes. */
  public String exactly(int count) throws IOException {
    return Bytes.text(in.readNBytes(count));
  }

  /** Waits for the end of the connection and tells how it ended; nothing may come before. */
  public End end() throws IOException {
    try {
      int b = in.read();
      if (b >= 0) {
        throw new AssertionError("more came: " + (char) b + Bytes.text(in.readAllBytes()));
      }
      return End.CLOSED;
    } catch (SocketException e) {
      return End.RESET;
    }
  }

  /** Closes the sending side. */
  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
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

  private Answer untilClose(Head head) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    End end = End.CLOSED;
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        all.write(b);
      }
    } catch (SocketException e) {
      end = End.RESET;
    }
    return new Answer(head, Bytes.text(all.toByteArray()), List.of(), end);
  }
}
