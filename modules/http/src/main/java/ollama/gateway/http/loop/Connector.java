package ollama.gateway.http.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import ollama.gateway.http.poll.Registration;

/** Opens connections to others. */
public final class Connector {

  private Connector() {}

  /**
   * Connects and waits until that is done.
   *
   * @param watch an eye on another connection meanwhile
   * @throws DeadlineException when not connected by {@code deadlineNanos}
   * @throws OutOfDescriptorsException when this process can't open a socket
   * @throws IOException when refused or unreachable; nothing is left open
   */
  public static Connection connect(
      EventLoop loop, InetSocketAddress address, long deadlineNanos, Watch watch)
      throws IOException {
    SocketChannel channel = Sockets.open();
    boolean connected;
    try {
      Sockets.prepare(channel);
      connected = channel.connect(address);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
    Connection connection = new Connection(loop, channel, address);
    try {
      if (!connected) {
        await(connection, channel, deadlineNanos, watch);
      }
      return connection;
    } catch (IOException | RuntimeException | Error e) {
      connection.close();
      throw e;
    }
  }

  private static void await(
      Connection connection, SocketChannel channel, long deadlineNanos, Watch watch)
      throws IOException {
    try {
      do {
        connection.await(Registration.CONNECT, watch.watched(), deadlineNanos, "connection");
        watch.check();
      } while (!channel.finishConnect());
      // Still armed when something else ended the last wait; the loop would spin on it.
      connection.disarm(Registration.CONNECT);
    } finally {
      connection.cancelTimer();
    }
  }
}
