package ollama.gateway.proxy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** One side of a connection on a stage, as a script plays it. */
final class Peer implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;

  Peer(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /** What comes, up to and with this text. */
  String hear(String end) throws IOException {
    StringBuilder heard = new StringBuilder();
    while (heard.indexOf(end, heard.length() - end.length()) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("it ended behind: " + heard);
      }
      heard.append((char) next);
    }
    return heard.toString();
  }

  /** A head, of which nothing follows. */
  String hearHead() throws IOException {
    return hear("\r\n\r\n");
  }

  /** Says this, whose line ends are to be CR LF. */
  void say(String text) throws IOException {
    socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Says as much as the other side takes, until it is gone. */
  void sayEndlessly(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    while (true) {
      socket.getOutputStream().write(bytes);
    }
  }

  /** All that still comes, until the other side ends the connection in whichever way. */
  String hearAll() throws IOException {
    StringBuilder all = new StringBuilder();
    try {
      int next = in.read();
      while (next >= 0) {
        all.append((char) next);
        next = in.read();
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      all.append("[reset]");
    }
    return all.toString();
  }

  /** Waits until the other side is gone. */
  void awaitEnd() throws IOException {
    String _ = hearAll();
  }

  /** Ends this side, so that the other reads to the end of what was said. */
  void leave() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection as a machine does that lost its memory of it. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
