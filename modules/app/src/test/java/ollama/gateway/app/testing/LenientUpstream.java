package ollama.gateway.app.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A server that keeps every byte of each connection, and answers each request that it makes out
 * with what it understood: method, target and body. Health checks are answered and forgotten.
 *
 * <p>One thread looks at all connections in turn, so that whatever was sent before {@link #heard}
 * was called is in it.
 */
public final class LenientUpstream implements AutoCloseable {

  private static final String CHECK = "User-Agent: ollama-gateway\r\n";
  private static final String SYNC = "sync";
  private static final int TIMEOUT_MILLIS = 60_000;

  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
  private final List<Heard> connections = new ArrayList<>();
  private final Socket sync;
  private final Thread thread;
  private volatile boolean closing;

  private LenientUpstream() throws IOException {
    listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    thread = Thread.ofPlatform().name("lenient-upstream").daemon().start(this::run);
    sync = new Socket(InetAddress.ofLiteral("127.0.0.1"), port());
    sync.setTcpNoDelay(true);
    sync.setSoTimeout(TIMEOUT_MILLIS);
  }

  /** Starts it on a port of its own. */
  public static LenientUpstream start() throws IOException {
    return new LenientUpstream();
  }

  /** Its address for the settings. */
  public String url() {
    return "http://127.0.0.1:" + port();
  }

  /** The bytes of each connection on which something came since the last {@link #forget}. */
  public List<String> heard() throws IOException {
    sync.getOutputStream().write(Bytes.of(SYNC));
    if (sync.getInputStream().readNBytes(SYNC.length()).length < SYNC.length()) {
      throw new IOException("the upstream is gone");
    }
    synchronized (connections) {
      return connections.stream().map(Heard::text).filter(text -> !text.isEmpty()).toList();
    }
  }

  /** Forgets what was heard so far. */
  public void forget() {
    synchronized (connections) {
      connections.removeIf(connection -> connection.ended);
      connections.forEach(connection -> connection.all.reset());
    }
  }

  /** What a request is answered with, which tells the client what was understood. */
  public static String echo(Meaning request) {
    return request.toString();
  }

  @Override
  public void close() throws IOException {
    sync.close();
    closing = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private int port() {
    return listener.socket().getLocalPort();
  }

  /** All that is ready is read before {@link #heard} is answered: it asked after that was sent. */
  private void run() {
    try {
      while (!closing) {
        int _ = selector.select();
        Heard asking = null;
        for (SelectionKey key : selector.selectedKeys()) {
          if (key.isAcceptable()) {
            accept();
          } else if (((Heard) key.attachment()).read()) {
            asking = (Heard) key.attachment();
          }
        }
        selector.selectedKeys().clear();
        if (asking != null) {
          asking.write(SYNC);
        }
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() throws IOException {
    for (SocketChannel next = listener.accept(); next != null; next = listener.accept()) {
      next.configureBlocking(false);
      Heard connection = new Heard(next);
      next.register(selector, SelectionKey.OP_READ, connection);
      synchronized (connections) {
        connections.add(connection);
      }
    }
  }

  /** One connection. */
  private final class Heard {
    private final SocketChannel channel;
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private String unanswered = "";
    private boolean ended;

    Heard(SocketChannel channel) {
      this.channel = channel;
    }

    String text() {
      String text = Bytes.text(all.toByteArray());
      return text.contains(CHECK) ? "" : text;
    }

    /** Takes what came; whether that was the question for an answer to {@link #heard}. */
    boolean read() {
      try {
        buffer.clear();
        int count = channel.read(buffer);
        if (count < 0) {
          end();
          return false;
        }
        String came = Bytes.text(Arrays.copyOf(buffer.array(), count));
        if (came.equals(SYNC)) {
          return true;
        }
        synchronized (connections) {
          all.writeBytes(Bytes.of(came));
        }
        Reading.Found found = Reading.CODING_FIRST.read(unanswered + came);
        unanswered = found.rest();
        for (Meaning request : found.requests()) {
          answer(request);
        }
      } catch (IOException e) {
        end();
      }
      return false;
    }

    void write(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Bytes.of(text));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    private void answer(Meaning request) throws IOException {
      String body = echo(request);
      String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n";
      write(request.method().equals("HEAD") ? head : head + body);
    }

    private void end() {
      synchronized (connections) {
        ended = true;
      }
      try {
        channel.close();
      } catch (IOException e) {
        // It is gone all the same.
      }
    }
  }
}
