package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import ollama.gateway.http.testing.LoopbackPair;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What the system is told to do by itself for a connection. */
final class TcpOptionsTest {

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final EventLoop loop = pair.loop();

  private interface Scene {
    void play(Connection accepted, SocketChannel channel) throws IOException;
  }

  private void withAccepted(Scene scene) throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open();
        SocketChannel peer = SocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      peer.connect(listening.getLocalAddress());
      SocketChannel channel = listening.accept();
      try (Connection accepted = Listener.adopt(loop, channel)) {
        scene.play(accepted, channel);
      }
    }
  }

  @Test
  void theSystemAsksASilentPeerNineTimesFiveSecondsApart() throws Exception {
    withAccepted(
        (accepted, channel) -> {
          accepted.tcp().keepAlive(0);
          assertFalse(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
          accepted.tcp().keepAlive(70);
          assertTrue(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
          assertEquals(70, channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
          assertEquals(5, channel.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL));
          assertEquals(9, channel.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
        });
  }

  /** What the option is read as is whether the system acknowledges each piece at once. */
  @Test
  void whatComesInSmallPiecesIsAcknowledgedByTwosOnceThatIsSaid() throws Exception {
    withAccepted(
        (accepted, channel) -> {
          assertTrue(channel.getOption(ExtendedSocketOptions.TCP_QUICKACK));
          accepted.tcp().acknowledgeByTwos();
          assertFalse(channel.getOption(ExtendedSocketOptions.TCP_QUICKACK));
        });
  }
}
