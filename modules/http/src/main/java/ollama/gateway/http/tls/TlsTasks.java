package ollama.gateway.http.tls;

import java.io.InterruptedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Computes for handshakes what takes about a millisecond each, off the loops: a flood of them
 * leaves running streams their loops. Threads start with the first one and end when idle.
 *
 * <p>Who comes when many do waits: a thousand streams that connect anew at once are no attack.
 * Clients take turns, so that one has all others wait for a single task of its own. There wait no
 * more than there are connections, each with one task at a time.
 */
public final class TlsTasks implements AutoCloseable {

  private final ThreadPoolExecutor threads;
  private final Turns<FutureTask<Void>> waiting = new Turns<>();

  /** A thread for two processors, as loops have them. */
  public TlsTasks() {
    int count = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8);
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("tls-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a task when it is its client's turn; the calling virtual thread parks meanwhile.
   *
   * @param client who counts as one
   * @throws SSLException when it failed, or these threads have ended
   * @throws InterruptedIOException when interrupted
   */
  public void run(Object client, Runnable task) throws SSLException, InterruptedIOException {
    FutureTask<Void> turn = new FutureTask<>(task, null);
    waiting.add(client, turn);
    try {
      threads.execute(this::runNext);
      turn.get();
    } catch (RejectedExecutionException | CancellationException e) {
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

  /** Once for each task that was added. */
  private void runNext() {
    waiting.next().ifPresent(FutureTask::run);
  }

  /** Ends the threads; waiting tasks are dropped. */
  @Override
  public void close() {
    threads.shutdownNow();
    waiting.drain().forEach(turn -> turn.cancel(false));
  }
}
