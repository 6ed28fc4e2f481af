package ollama.gateway.http.poll;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;

/**
 * One socket with a {@link Poller}, armed for what its watcher is to be told of. Nothing is armed
 * at first, and what is armed stays so: as long as it holds, the watcher is told at each turn.
 */
public interface Registration {

  /** There are bytes to read, or the end of the stream. */
  int READ = SelectionKey.OP_READ;

  /** There is room to write. */
  int WRITE = SelectionKey.OP_WRITE;

  /** The attempt to connect has ended, well or not. */
  int CONNECT = SelectionKey.OP_CONNECT;

  /** A connection waits to be accepted. */
  int ACCEPT = SelectionKey.OP_ACCEPT;

  /**
   * The peer has ended its side or reset the connection, whether or not what it sent before was
   * read. Only some pollers see that: with the others this never happens.
   */
  int HANG_UP = 1 << 16;

  /**
   * Has the watcher told of these as well.
   *
   * @param ops a union of the constants above
   * @return whether one of them wasn't armed: a poller that waits has to be woken to see that
   * @throws ClosedChannelException when this side has closed the socket
   */
  boolean arm(int ops) throws ClosedChannelException;

  /**
   * Has the watcher no more told of these. It may be told once more all the same.
   *
   * @throws ClosedChannelException when this side has closed the socket
   */
  void disarm(int ops) throws ClosedChannelException;

  /**
   * Closes the socket; idempotent. A poller that waits has to be woken to let go of it: only then
   * has the system closed it.
   */
  void close();

  /** Whether {@link #close} hasn't been called. */
  boolean isOpen();
}
