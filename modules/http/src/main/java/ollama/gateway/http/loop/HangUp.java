package ollama.gateway.http.loop;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.http.poll.Port;
import ollama.gateway.http.poll.Registration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a peer has ended its side of a connection or reset it, seen without reading what it sent
 * before: at once by loops with io_uring, within a second by others on Linux.
 */
public final class HangUp {

  private final EventLoop loop;
  private final Port port;
  private volatile @Nullable Thread watcher;
  private volatile boolean seen;

  HangUp(EventLoop loop, Port port) {
    this.loop = loop;
    this.port = port;
  }

  /** Has the calling thread woken by it, if it is one of the loop's. */
  public void watch() {
    watcher = Thread.currentThread();
    try {
      if (!seen && port.arm(Registration.HANG_UP)) {
        loop.wake();
      }
    } catch (ClosedChannelException e) {
      // Whoever waits here is told of that, and not of more.
    }
  }

  /** Whether it was seen; never before somebody watched. */
  public boolean seen() {
    return seen;
  }

  /** On the loop's thread. */
  void happened() {
    seen = true;
    try {
      port.disarm(Registration.HANG_UP);
    } catch (ClosedChannelException e) {
      // Closed by its thread a moment ago: that thread knows.
    }
    Thread thread = watcher;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
