package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** Begins TLS on a connection. */
public final class TlsHandshake {

  /** Runs what takes too long for a loop, while the calling thread parks. */
  @FunctionalInterface
  public interface Tasks {
    /**
     * Runs a task to its end.
     *
     * @throws IOException when it can't be run now, or has failed
     */
    void run(Runnable task) throws IOException;
  }

  private TlsHandshake() {}

  /**
   * Shakes hands; all that is read and written afterwards passes encrypted. To be called by the
   * connection's thread.
   *
   * @param engine knows its side; nothing was done with it yet
   * @param early what was read of the connection already
   * @param tasks compute what takes too long for the loop
   * @param deadlineNanos for all of it
   * @param watch an eye on another connection meanwhile
   * @throws DeadlineException when it wasn't over by then
   * @throws SSLException when it failed; the connection can't be used any more
   * @throws IOException what {@code watch} threw
   */
  public static void run(
      Connection connection,
      SSLEngine engine,
      ByteBuffer early,
      Tasks tasks,
      long deadlineNanos,
      Watch watch)
      throws IOException {
    engine.beginHandshake();
    TlsPort port =
        connection.interpose(
            socket -> new TlsPort(socket, engine, connection.loop().buffers(), early));
    while (true) {
      if (isLate(deadlineNanos)) {
        throw new DeadlineException("TLS handshake");
      }
      connection.readable(false);
      switch (port.handshake()) {
        case READ -> {
          connection.awaitReadable(watch.watched(), deadlineNanos, "TLS handshake");
          watch.check();
        }
        case WRITE -> {
          connection.awaitWritable(false, watch.watched(), deadlineNanos);
          watch.check();
        }
        // Many may have waited for the same, and this one for too long.
        case TASK -> tasks.run(port.task(() -> isLate(deadlineNanos) || !connection.isOpen()));
        case NOTHING -> {
          // A request may have come with the handshake's end, and nothing else follow.
          connection.readable(true);
          return;
        }
      }
    }
  }

  private static boolean isLate(long deadlineNanos) {
    return deadlineNanos != Timer.NEVER && EventLoop.nanoTime() - deadlineNanos >= 0;
  }
}
