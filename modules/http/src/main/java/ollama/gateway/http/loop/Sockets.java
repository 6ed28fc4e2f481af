package ollama.gateway.http.loop;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/** What the JDK's sockets need to be told. */
final class Sockets {

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
}
