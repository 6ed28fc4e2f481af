package ollama.gateway.balancer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A worker with a thread of its own for each server, as long as that stands in the settings, so
 * that a slow server holds up no other.
 */
final class ServerThreads<W extends ServerWorker> {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final String name;
  private final ThreadFactory threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Upstream, W> workers = new HashMap<>();
  private boolean closed;

  /**
   * None yet.
   *
   * @param name what threads are called, before the server's address
   * @param threads makes them
   */
  ServerThreads(String name, ThreadFactory threads) {
    this.name = name;
    this.threads = threads;
  }

  /** Looks after these servers and no others from now on. Never waits; nothing once closed. */
  void watch(List<Upstream> servers, Function<Upstream, W> newWorker, Consumer<W> reconfigure) {
    lock.lock();
    try {
      if (!closed) {
        stopAllBut(servers);
        servers.forEach(server -> watch(server, newWorker, reconfigure));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Stops all, and waits until their threads have ended, 2 seconds at most. */
  void close() {
    List<W> ending;
    lock.lock();
    try {
      closed = true;
      ending = List.copyOf(workers.values());
      stopAllBut(List.of());
    } finally {
      lock.unlock();
    }
    awaitEnd(ending);
  }

  private void watch(Upstream server, Function<Upstream, W> newWorker, Consumer<W> reconfigure) {
    W known = workers.get(server);
    if (known != null) {
      reconfigure.accept(known);
      return;
    }
    W worker = newWorker.apply(server);
    Thread thread = threads.newThread(worker);
    thread.setName(name + "-" + server.address());
    workers.put(server, worker);
    worker.start(thread);
  }

  private void stopAllBut(List<Upstream> staying) {
    Iterator<Map.Entry<Upstream, W>> watched = workers.entrySet().iterator();
    while (watched.hasNext()) {
      Map.Entry<Upstream, W> next = watched.next();
      if (!staying.contains(next.getKey())) {
        next.getValue().stop();
        watched.remove();
      }
    }
  }

  private void awaitEnd(List<W> ending) {
    long begin = System.nanoTime();
    try {
      for (W worker : ending) {
        Duration left = CLOSE_TIMEOUT.minusNanos(System.nanoTime() - begin);
        if (!worker.awaitEnd(left)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
