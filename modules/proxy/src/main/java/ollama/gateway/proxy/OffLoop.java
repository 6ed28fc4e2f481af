package ollama.gateway.proxy;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs what would block an event loop, files above all, on platform threads; the asking virtual
 * thread parks meanwhile. There is one for each kind of work, so that an operator's reload never
 * waits behind scrapes, which anybody may ask for, or behind bodies that are decoded.
 */
public final class OffLoop implements AutoCloseable {

  private static final int WAITING_MAX = 64;

  /** Kinds of work that don't wait for each other. */
  enum Work {
    ADMINISTRATION,
    SCRAPES,
    USAGE,
    PAGE,
    BODIES
  }

  private final ExecutorService administration = worker("administration");
  private final ExecutorService scrapes = worker("scrapes");
  private final ExecutorService usage = worker("usage");
  private final ExecutorService page = worker("page");
  private final ExecutorService bodies = worker("bodies");

  /** Workers whose threads start with the first task and end when idle. */
  public OffLoop() {}

  private static ExecutorService worker(String name) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().name("off-loop-" + name).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Runs a task and waits for it.
   *
   * @throws RejectedExecutionException when too many tasks of that kind wait already
   * @throws ExecutionException with what the task threw
   */
  <T> T call(Work kind, Callable<T> task) throws ExecutionException {
    try {
      return worker(kind).submit(task).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(e);
    }
  }

  private ExecutorService worker(Work kind) {
    return switch (kind) {
      case ADMINISTRATION -> administration;
      case SCRAPES -> scrapes;
      case USAGE -> usage;
      case PAGE -> page;
      case BODIES -> bodies;
    };
  }

  /** Ends the workers; waiting tasks are dropped. */
  @Override
  public void close() {
    administration.shutdownNow();
    scrapes.shutdownNow();
    usage.shutdownNow();
    page.shutdownNow();
    bodies.shutdownNow();
  }
}
