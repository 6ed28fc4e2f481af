package ollama.gateway.app.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How much the system takes on the way to a reader that doesn't read. */
public final class SocketBuffers {

  private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private SocketBuffers() {}

  /** What can be written to a connection of this machine from which nobody reads. */
  public static int bytes(int receiveBufferBytes) throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (SocketChannel writer = SocketChannel.open(listening.getLocalAddress());
          SocketChannel _ = listening.accept()) {
        writer.configureBlocking(false);
        ByteBuffer piece = ByteBuffer.allocate(16 * 1024);
        int bytes = 0;
        long full = System.nanoTime();
        // What is on its way makes room for a while.
        while (System.nanoTime() - full < SETTLED_NANOS) {
          int count = writer.write(piece.clear());
          bytes += count;
          if (count > 0) {
            full = System.nanoTime();
          } else {
            LockSupport.parkNanos(1_000_000);
          }
        }
        return bytes;
      }
    }
  }
}
