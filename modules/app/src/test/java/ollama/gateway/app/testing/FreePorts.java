package ollama.gateway.app.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for programs that have to be told theirs before they listen. They are below those that
 * systems give to connections and to listeners of their choice, so that nobody takes one in
 * between.
 */
public final class FreePorts {
  private static final int FIRST = 10_000;
  private static final int COUNT = 10_000;

  // Test processes that run side by side have pids one after the other, and begin far from each
  // other.
  private static final AtomicInteger TURN =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 1_009 % COUNT));

  private FreePorts() {}

  /** One that nobody listens on; no other caller in this process gets it for a long time. */
  public static int next() throws IOException {
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + Math.floorMod(TURN.incrementAndGet(), COUNT);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        return probe.getLocalPort();
      } catch (BindException e) {
        // Somebody else's.
      }
    }
    throw new IOException("no port is free from " + FIRST + " to " + (FIRST + COUNT - 1));
  }
}
