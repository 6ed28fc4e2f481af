package ollama.gateway.http.loop;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** What the JDK's sockets need to be told. */
final class Sockets {

  private static final int KEEP_ALIVE_INTERVAL_SECONDS = 5;
  private static final int KEEP_ALIVE_PROBES = 9;

  private Sockets() {}

  static SocketChannel open() throws OutOfDescriptorsException {
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      // No address is known yet, so the reason can only be here.
      throw new OutOfDescriptorsException(e);
    }
  }

  /** Never blocks from now on, and sends at once what it is given. */
  static void prepare(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  /** As {@link Connection#keepAlive}. */
  static void keepAlive(SocketChannel channel, int idleSeconds) throws IOException {
    if (idleSeconds == 0) {
      return;
    }
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    // Elsewhere the system's own times hold.
    if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
      channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, idleSeconds);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_INTERVAL_SECONDS);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES);
    }
  }

  /** As {@link Connection#acknowledgeByTwos}; tcp(7), where others have no such thing. */
  static void acknowledgeByTwos(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
      channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, false);
    }
  }
}
