package ollama.gateway.http.poll;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Waits for many sockets at once, for one event loop.
 *
 * <p>All methods belong to the threads of that loop: its own, and the virtual threads that it
 * started. {@link #wakeUp} may come from any thread.
 */
public interface Poller extends AutoCloseable {

  /**
   * Waits until something happened to a socket that is armed for it, and tells the watchers of all
   * to which something did. Returns early after {@link #wakeUp}, and may do so without a reason.
   *
   * @param millis the longest wait; 0 means without bound
   * @throws IOException when the system refuses; trying again later may help
   */
  void await(long millis) throws IOException;

  /** As {@link #await}, for what happened already, without a wait. */
  void look() throws IOException;

  /** Ends a wait that is going on, or else the next one. */
  void wakeUp();

  /**
   * Takes a connected or connecting socket under its care.
   *
   * @param channel non-blocking; to be used through the port only, but for its options and {@link
   *     SocketChannel#finishConnect}
   */
  Port port(SocketChannel channel, Watcher watcher);

  /**
   * Takes a listening socket under its care.
   *
   * @param channel bound and non-blocking; who accepts from it uses it directly
   */
  Registration registration(ServerSocketChannel channel, Watcher watcher);

  /** Gives back what it has of the system; the sockets must be closed before. */
  @Override
  void close() throws IOException;
}
