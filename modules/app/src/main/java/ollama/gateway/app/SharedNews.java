package ollama.gateway.app;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import ollama.gateway.shared.SharedState.Table;

/**
 * Hands over what gateways announce from the store's thread to one that may take its time: one
 * table at a time, of each the latest.
 */
final class SharedNews implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(SharedNews.class.getName());

  private final BiConsumer<Table, Map<String, String>> reader;
  private final Map<Table, Map<String, String>> unread = new EnumMap<>(Table.class);
  private final Set<Table> missing = EnumSet.allOf(Table.class);
  private final CountDownLatch known = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().daemon().name("shared-news").unstarted(this::run);
  private boolean closed;

  /**
   * Prepares.
   *
   * @param reader takes all entries of a table; may block
   */
  SharedNews(BiConsumer<Table, Map<String, String>> reader) {
    this.reader = reader;
  }

  /** Begins to hand over, what was told before too. */
  void start() {
    thread.start();
  }

  /** From the store's thread; doesn't wait. */
  synchronized void tell(Table table, Map<String, String> entries) {
    unread.put(table, entries);
    notifyAll();
  }

  /** There is nothing to wait for. */
  void isDown() {
    known.countDown();
  }

  /** Waits until all tables were read once, but not for long, and not where that can't be. */
  void awaitFirst(long millisMax) {
    try {
      boolean _ = known.await(millisMax, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    for (Optional<Table> next = next(); next.isPresent(); next = next()) {
      Table table = next.get();
      try {
        reader.accept(table, take(table));
      } catch (RuntimeException e) {
        LOG.log(
            System.Logger.Level.ERROR,
            "what gateways have announced (" + table + ") couldn't be put in force",
            e);
      }
      missing.remove(table);
      if (missing.isEmpty()) {
        known.countDown();
      }
    }
  }

  /** Empty once it is closed. */
  private synchronized Optional<Table> next() {
    try {
      while (unread.isEmpty() && !closed) {
        wait();
      }
      return closed ? Optional.empty() : Optional.of(unread.keySet().iterator().next());
    } catch (InterruptedException e) {
      return Optional.empty();
    }
  }

  private synchronized Map<String, String> take(Table table) {
    Map<String, String> entries = unread.remove(table);
    return entries == null ? Map.of() : entries;
  }

  /** Reads nothing any more; what is being read is read to its end. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    known.countDown();
  }
}
