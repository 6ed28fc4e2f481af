package ollama.gateway.http.loop;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** What the system does by itself on a connection, tcp(7). */
public final class TcpOptions {

  private static final int KEEP_ALIVE_INTERVAL_SECONDS = 5;
  private static final int KEEP_ALIVE_PROBES = 9;

  private final SocketChannel channel;

  TcpOptions(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Has the system ask whether a peer is still there that was silent for so long, and end the
   * connection after nine questions, five seconds apart, without an answer (RFC 9293 section
   * 3.8.4). Otherwise only who sends notices that a peer has vanished. Bytes that aren't
   * acknowledged yet put the questions off: the system gives up after a quarter of an hour then.
   *
   * @param idleSeconds 0 means that it never asks
   * @throws IOException when the connection is closed already
   */
  public void keepAlive(int idleSeconds) throws IOException {
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

  /**
   * Lets the system acknowledge small pieces by twos, until one comes later than 40 ms after
   * another: a peer that sends more only when it was acknowledged (RFC 1122 section 4.2.3.4) is
   * held up once at most. Where there is no such option, each is acknowledged as it was.
   *
   * @throws IOException when the connection is closed already
   */
  public void acknowledgeByTwos() throws IOException {
    if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
      channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, false);
    }
  }
}
