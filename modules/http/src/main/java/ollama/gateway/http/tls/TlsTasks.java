package ollama.gateway.http.tls;

import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Computes for handshakes what takes about a millisecond each, off the loops: a flood of them
 * leaves running streams their loops. Threads start with the first one and end when idle.
 */
public final class TlsTasks implements AutoCloseable {

  /** More wait a second or so already, and whoever would come behind them has given up by then. */
  private static final int WAITING_MAX = 512;

  /** So many of one client, so that it can't have those of all others wait. */
  private static final int OF_ONE_CLIENT_MAX = 32;

  private final ThreadPoolExecutor threads;
  private final ConcurrentHashMap<Object, Integer> clients = new ConcurrentHashMap<>();

  /** A thread for two processors, as loops have them. */
  public TlsTasks() {
    int count = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8);
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().name("tls-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * As {@link #run(Runnable)}, for a client that may not have many at a time.
   *
   * @param client who counts as one
   */
  public void run(Object client, Runnable task) throws SSLException, InterruptedIOException {
    int count = clients.merge(client, 1, Integer::sum);
    try {
      if (count > OF_ONE_CLIENT_MAX) {
        throw new SSLException("too many handshakes of one client at once");
      }
      run(task);
    } finally {
      clients.computeIfPresent(client, (c, n) -> n == 1 ? null : n - 1);
    }
  }

  /**
   * Runs a task; the calling virtual thread parks meanwhile.
   *
   * @throws SSLException when too many wait already, or these threads have ended
   * @throws InterruptedIOException when interrupted
   */
  public void run(Runnable task) throws SSLException, InterruptedIOException {
    try {
      threads.submit(task).get();
    } catch (RejectedExecutionException e) {
      throw new SSLException(
          threads.isShutdown() ? "no more handshakes" : "too many handshakes at once");
    } catch (CancellationException e) {
      throw new SSLException("no more handshakes");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error mistake) {
        throw mistake;
      }
      throw new SSLException("the handshake failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted in a handshake");
    }
  }

  /** Ends the threads; waiting tasks are dropped. */
  @Override
  public void close() {
    for (Runnable dropped : threads.shutdownNow()) {
      if (dropped instanceof Future<?> waiting) {
        boolean _ = waiting.cancel(false);
      }
    }
  }
}
