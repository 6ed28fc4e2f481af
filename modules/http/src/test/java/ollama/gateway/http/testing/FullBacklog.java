package ollama.gateway.http.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** An address where connecting neither succeeds nor fails: its backlog is full. */
public final class FullBacklog implements AutoCloseable {

  private static final int CONNECTIONS_MAX = 16;
  private static final int PATIENCE_MILLIS = 100;

  private final ServerSocket listening;
  private final List<Socket> filling = new ArrayList<>();

  private FullBacklog(ServerSocket listening) {
    this.listening = listening;
  }

  /** Listens with the smallest backlog, and fills that. */
  public static FullBacklog open() throws IOException {
    FullBacklog full = new FullBacklog(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
      Socket socket = new Socket();
      full.filling.add(socket);
      try {
        socket.connect(full.address(), PATIENCE_MILLIS);
      } catch (SocketTimeoutException e) {
        return full;
      }
    }
    throw new AssertionError("the backlog takes more than it should");
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : filling) {
      socket.close();
    }
    listening.close();
  }
}
