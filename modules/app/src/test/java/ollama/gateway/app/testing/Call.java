package ollama.gateway.app.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A request that reached a {@link FakeUpstream}, and the way to answer it. */
public final class Call {

  private static final int LATCH_SECONDS = 120;

  private final Head head;
  private final int connection;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] buffer = new byte[16 * 1024];
  private long bodyLeft;
  private volatile String body = "";
  private boolean bodyRead;

  Call(Head head, int connection, Socket socket, InputStream in) throws IOException {
    this.head = head;
    this.connection = connection;
    this.socket = socket;
    this.in = in;
    this.out = socket.getOutputStream();
    String length = head.field("Content-Length");
    bodyLeft = length.isEmpty() ? 0 : Long.parseLong(length);
    bodyRead = bodyLeft == 0 && !head.chunked();
  }

  /** The request's head. */
  public Head head() {
    return head;
  }

  /** The request's method. */
  public String method() {
    return head.word(0);
  }

  /** The request's target. */
  public String target() {
    return head.word(1);
  }

  /** The number of the connection, from 1 in the order of being accepted. */
  public int connection() {
    return connection;
  }

  /** The body, read whole; what was read of it when asked from another thread. */
  public String body() {
    return body;
  }

  /** Reads the whole body. */
  public String readBody() throws IOException {
    if (!bodyRead) {
      bodyRead = true;
      if (head.chunked()) {
        body = Bytes.readChunks(in, new ArrayList<>());
      } else {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (bodyLeft > 0) {
          all.write(buffer, 0, readSome());
        }
        body = Bytes.text(all.toByteArray());
      }
    }
    return body;
  }

  /**
   * Reads the next chunk of a chunked body.
   *
   * @return its data; empty for the last one
   */
  public String readChunk() throws IOException {
    String chunk = Bytes.readChunk(in);
    bodyRead |= chunk.isEmpty();
    return chunk;
  }

  /** Reads so many bytes of a body with a length, and drops them. */
  public void skipBody(long bytes) throws IOException {
    long end = bodyLeft - bytes;
    while (bodyLeft > end) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, bodyLeft - end));
      if (count < 0) {
        throw new EOFException("the request was cut");
      }
      bodyLeft -= count;
    }
    bodyRead = bodyLeft == 0;
  }

  /** Reads the whole body and drops it; gives its length. */
  public long dropBody() throws IOException {
    long bytes = 0;
    if (head.chunked()) {
      for (int size = Bytes.dropChunk(in); size > 0; size = Bytes.dropChunk(in)) {
        bytes += size;
      }
    } else {
      bytes = bodyLeft;
      skipBody(bodyLeft);
    }
    bodyRead = true;
    return bytes;
  }

  /** Sends text, one byte for each character. */
  public Call send(String text) throws IOException {
    return send(Bytes.of(text));
  }

  /** Sends bytes. */
  public Call send(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  /** Reads the request and answers it with JSON. */
  public void respond(int status, String json) throws IOException {
    String _ = readBody();
    send(
        "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(status, json.length(), json));
  }

  /**
   * Does nothing until the latch is down. It gives up, and the connection with it, only after all
   * else that waits in a test, so that nobody takes that for what the gateway did.
   */
  public void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(LATCH_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("nobody said go");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  /** Waits until the other side closes or resets; gives the time of that. */
  public long awaitEnd() {
    try {
      while (in.read(buffer) >= 0) {
        // A body, or a next request, that nobody is interested in.
      }
    } catch (IOException e) {
      // An end as well.
    }
    return System.nanoTime();
  }

  /** Whether the connection was closed here. */
  boolean closed() {
    return socket.isClosed();
  }

  /** Closes the connection. */
  public void close() throws IOException {
    socket.close();
  }

  /** Resets the connection. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private int readSome() throws IOException {
    int count = in.read(buffer, 0, (int) Math.min(buffer.length, bodyLeft));
    if (count < 0) {
      throw new EOFException("the request was cut");
    }
    bodyLeft -= count;
    return count;
  }
}
