package ollama.gateway.app.testing;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState;
import ollama.gateway.usage.LedgerChanges;

/** A store in this process, which several gateways share; a thread of its own tells them. */
public final class SharedStore implements AutoCloseable {

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("store").factory());
  private final Map<SharedState.Table, Map<String, String>> tables =
      new EnumMap<>(SharedState.Table.class);
  private final List<SharedListener> listeners = new ArrayList<>();
  private boolean silent;

  /** A connection to it. */
  public SharedState connection() {
    return new Connection();
  }

  /** All that it has of a table. */
  public synchronized Map<String, String> entries(SharedState.Table table) {
    return Map.copyOf(tables.getOrDefault(table, Map.of()));
  }

  /** Loses all that it has, and says so. */
  public synchronized void flush() {
    tables.clear();
    for (SharedState.Table table : SharedState.Table.values()) {
      tell(table);
    }
  }

  /** Keeps what it is told to itself from now on. */
  public synchronized void silence() {
    silent = true;
  }

  private void tell(SharedState.Table table) {
    if (silent) {
      return;
    }
    Map<String, String> entries = entries(table);
    List<SharedListener> told = List.copyOf(listeners);
    thread.execute(() -> told.forEach(each -> each.entries(table, entries)));
  }

  private synchronized void put(SharedState.Table table, String name, String entry) {
    tables.computeIfAbsent(table, _ -> new TreeMap<>()).put(name, entry);
    tell(table);
  }

  private synchronized void add(SharedListener listener) {
    listeners.add(listener);
    thread.execute(() -> listener.up(true, ""));
    for (SharedState.Table table : SharedState.Table.values()) {
      tell(table);
    }
  }

  private synchronized void remove(SharedListener listener) {
    listeners.remove(listener);
  }

  private final class Connection implements SharedState {
    private final List<SharedListener> own = new ArrayList<>();

    @Override
    public void start(SharedListener listener, Line line, LedgerChanges usage) {
      own.add(listener);
      add(listener);
    }

    @Override
    public void announce(Table table, String name, String entry) {
      put(table, name, entry);
    }

    @Override
    public Condition condition() {
      return new Condition(true, 1, 0);
    }

    @Override
    public Permit ask(Demand demand, Runnable onDone) {
      throw new UnsupportedOperationException("it knows announcements alone");
    }

    @Override
    public long patienceNanos() {
      return 1;
    }

    @Override
    public int shutOutSeconds(String who) {
      return 0;
    }

    @Override
    public Others others(Optional<String> keyId, Optional<LocalDate> since) {
      return Others.NONE;
    }

    @Override
    public void close() {
      own.forEach(SharedStore.this::remove);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
