package ollama.gateway.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * Addresses on a stage where no connection is made. Their ports are kept, so nobody comes there.
 */
final class Absent implements Closeable {

  private static final int FILLING_MAX = 16;
  private static final int FILLING_MILLIS = 100;

  private final List<Integer> ports = new ArrayList<>();
  private final List<Closeable> sockets = new ArrayList<>();

  private Absent() {}

  /** None. */
  static Absent none() {
    return new Absent();
  }

  /** So many that refuse. */
  static Absent refusing(int count) throws IOException {
    Absent absent = new Absent();
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket();
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      absent.sockets.add(socket);
      absent.ports.add(socket.getLocalPort());
    }
    return absent;
  }

  /** One that neither refuses nor accepts: so many wait there already that it takes no more. */
  static Absent full() throws IOException {
    Absent absent = new Absent();
    ServerSocket listening = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
    absent.sockets.add(listening);
    absent.ports.add(listening.getLocalPort());
    for (int i = 0; i < FILLING_MAX; i++) {
      Socket socket = new Socket();
      absent.sockets.add(socket);
      try {
        socket.connect(listening.getLocalSocketAddress(), FILLING_MILLIS);
      } catch (SocketTimeoutException e) {
        return absent;
      }
    }
    throw new AssertionError("it takes more than it should");
  }

  List<Integer> ports() {
    return ports;
  }

  @Override
  public void close() throws IOException {
    for (Closeable socket : sockets) {
      socket.close();
    }
  }
}
