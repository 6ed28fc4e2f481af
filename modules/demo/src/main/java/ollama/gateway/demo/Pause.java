package ollama.gateway.demo;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;

/** Lets time pass on an event loop: by the loop's own timers, and with an eye on the client. */
final class Pause {

  private Pause() {}

  /**
   * Waits until {@code deadlineNanos}, at most a timer's tick longer.
   *
   * @throws PeerLeftException as soon as the client leaves
   * @throws IOException when this side closed the connection meanwhile
   */
  static void until(long deadlineNanos, Exchange exchange) throws IOException {
    while (EventLoop.nanoTime() - deadlineNanos < 0) {
      Connection client = exchange.watched();
      if (client == null) {
        park(deadlineNanos, exchange);
      } else {
        try {
          client.awaitReadable(null, deadlineNanos, "the next word");
        } catch (DeadlineException e) {
          return;
        }
        exchange.check();
      }
    }
  }

  /** Lets the loop's other connections have their turn. */
  // The loop's scheduler is ours: who yields goes to the end of its queue, behind new I/O.
  @SuppressWarnings("ThreadPriorityCheck")
  static void yieldLoop() {
    Thread.yield();
  }

  /** Waits though the client sent so much ahead that it can't be watched. */
  private static void park(long deadlineNanos, Exchange exchange) {
    Thread waiter = Thread.currentThread();
    Timer timer = exchange.loop().newTimer(() -> LockSupport.unpark(waiter));
    timer.set(deadlineNanos);
    try {
      LockSupport.park(exchange);
    } finally {
      timer.cancel();
    }
  }
}
