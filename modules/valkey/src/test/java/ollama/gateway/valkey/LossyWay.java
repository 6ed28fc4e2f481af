package ollama.gateway.valkey;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a store on which answers get lost: what was asked is done, and nobody hears of it. */
final class LossyWay implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int port;
  private final AtomicInteger toLose = new AtomicInteger();

  LossyWay(int port) throws IOException {
    this.port = port;
    Thread _ = Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Loses the next answer that is as long, and the connection with it. */
  void loseNext() {
    toLose.set(1);
  }

  boolean hasLost() {
    return toLose.get() == 0;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket store = new Socket(InetAddress.getLoopbackAddress(), port);
        Thread _ = Thread.ofVirtual().start(() -> pass(client, store, false));
        Thread _ = Thread.ofVirtual().start(() -> pass(store, client, true));
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private void pass(Socket from, Socket to, boolean isAnswer) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[64 * 1024];
      for (int read = in.read(bytes); read > 0; read = in.read(bytes)) {
        if (isAnswer && toLose.compareAndSet(1, 0)) {
          return;
        }
        out.write(bytes, 0, read);
      }
    } catch (IOException e) {
      // One of them has gone.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
