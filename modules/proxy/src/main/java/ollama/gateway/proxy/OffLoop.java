package ollama.gateway.proxy;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs what would block an event loop, files above all, on one platform thread; the asking virtual
 * thread parks meanwhile.
 */
public final class OffLoop implements AutoCloseable {

  private static final int WAITING_MAX = 64;

  private final ExecutorService worker;

  /** A worker whose thread starts with the first task and ends when idle. */
  public OffLoop() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().name("off-loop").daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    worker = pool;
  }

  /**
   * Runs a task and waits for it.
   *
   * @throws RejectedExecutionException when too many tasks wait already
   * @throws ExecutionException with what the task threw
   */
  <T> T call(Callable<T> task) throws ExecutionException {
    try {
      return worker.submit(task).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(e);
    }
  }

  /** Ends the worker; waiting tasks are dropped. */
  @Override
  public void close() {
    worker.shutdownNow();
  }
}
