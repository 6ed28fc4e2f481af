package ollama.gateway.http.client;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Timer;

/**
 * The idle upstream connections of one loop, the last used first. An idle connection is watched:
 * when its server closes it, or says something that nobody asked for, it is dropped at once.
 *
 * <p>Locked for the fallback scheduler; on an event loop nobody ever contends.
 */
final class UpstreamPool {

  private static final int IDLE_PER_ORIGIN_MAX = 1024;
  private static final long IDLE_NANOS = 30_000_000_000L;
  private static final long SWEEP_NANOS = 5_000_000_000L;

  private final Map<UpstreamOrigin, ArrayDeque<UpstreamConnection>> idle = new HashMap<>();
  private final DescriptorBudget budget;
  private final Predicate<UpstreamConnection> current;
  private final Timer sweep;
  private boolean sweeping;
  private boolean ended;

  /**
   * An empty pool.
   *
   * @param current whether a connection still goes where its server is; others aren't kept or used
   */
  UpstreamPool(EventLoop loop, DescriptorBudget budget, Predicate<UpstreamConnection> current) {
    this.budget = budget;
    this.current = current;
    sweep = loop.newTimer(this::sweep);
  }

  Optional<UpstreamConnection> take(UpstreamOrigin origin) {
    Optional<UpstreamConnection> taken = takeQuiet(origin);
    // Asked without the lock: it may wait for one that foreign threads take.
    while (taken.isPresent() && !current.test(taken.get())) {
      taken.get().close();
      taken = takeQuiet(origin);
    }
    return taken;
  }

  private synchronized Optional<UpstreamConnection> takeQuiet(UpstreamOrigin origin) {
    ArrayDeque<UpstreamConnection> stack = idle.get(origin);
    while (stack != null && !stack.isEmpty()) {
      UpstreamConnection connection = stack.removeLast();
      budget.giveBack(1);
      connection.connection().endIdle();
      if (connection.connection().isOpen() && connection.quiet()) {
        connection.reuse();
        return Optional.of(connection);
      }
      connection.close();
    }
    return Optional.empty();
  }

  void put(UpstreamConnection connection) {
    if (current.test(connection)) {
      keep(connection);
    } else {
      connection.close();
    }
  }

  private synchronized void keep(UpstreamConnection connection) {
    ArrayDeque<UpstreamConnection> stack =
        idle.computeIfAbsent(connection.origin(), _ -> new ArrayDeque<>());
    if (ended || stack.size() >= IDLE_PER_ORIGIN_MAX || !budget.has(1)) {
      connection.close();
      return;
    }
    long now = connection.connection().loop().turnNanos();
    connection.idleSince(now);
    stack.addLast(connection);
    // While it was in use, it was its client's that was promised.
    budget.promise(1);
    watch(connection, stack);
    if (!sweeping) {
      sweeping = true;
      sweep.set(now + SWEEP_NANOS);
    }
  }

  /** Closes all, and whatever comes back later, since nobody would close it any more. */
  synchronized void end() {
    ended = true;
    closeAll();
  }

  synchronized void closeAll() {
    for (ArrayDeque<UpstreamConnection> stack : idle.values()) {
      stack.forEach(UpstreamConnection::close);
      budget.giveBack(stack.size());
    }
    idle.clear();
  }

  private void watch(UpstreamConnection connection, ArrayDeque<UpstreamConnection> stack) {
    try {
      connection.connection().watchIdle(connection.whenIdle());
    } catch (IOException e) {
      drop(connection, stack);
    }
  }

  /** An idle connection has something to read: its end, or what nobody asked for. */
  synchronized void dropUnlessQuiet(UpstreamConnection connection) {
    ArrayDeque<UpstreamConnection> stack = idle.get(connection.origin());
    if (stack == null || !stack.contains(connection)) {
      // Taken a moment ago: its new user sees for itself.
      return;
    }
    if (connection.quiet()) {
      watch(connection, stack);
    } else {
      drop(connection, stack);
    }
  }

  private void drop(UpstreamConnection connection, ArrayDeque<UpstreamConnection> stack) {
    if (stack.remove(connection)) {
      budget.giveBack(1);
    }
    connection.close();
  }

  private synchronized void sweep() {
    long oldest = EventLoop.nanoTime() - IDLE_NANOS;
    for (ArrayDeque<UpstreamConnection> stack : idle.values()) {
      while (!stack.isEmpty() && stack.getFirst().idleSinceNanos() - oldest < 0) {
        stack.removeFirst().close();
        budget.giveBack(1);
      }
    }
    idle.values().removeIf(ArrayDeque::isEmpty);
    sweeping = !idle.isEmpty();
    if (sweeping) {
      sweep.set(EventLoop.nanoTime() + SWEEP_NANOS);
    }
  }
}
