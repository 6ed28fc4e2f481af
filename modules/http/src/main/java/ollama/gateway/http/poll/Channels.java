package ollama.gateway.http.poll;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;

/** How sockets are closed, whoever watches them. */
final class Channels {

  private Channels() {}

  static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is left to be done with a socket that can't even be closed.
    }
  }

  /** So that the peer hears the end of the stream, whatever comes of the closing that follows. */
  static void shutdownOutput(SocketChannel channel) {
    try {
      if (channel.isConnected()) {
        channel.shutdownOutput();
      }
    } catch (IOException e) {
      // The peer has ended it.
    }
  }

  /** Makes the closing that follows a reset. */
  static void resetOnClose(SocketChannel channel) {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // Closed already.
    }
  }
}
