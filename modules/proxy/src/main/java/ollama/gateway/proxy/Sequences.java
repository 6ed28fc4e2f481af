package ollama.gateway.proxy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import ollama.gateway.balancer.Upstream;
import org.jspecify.annotations.Nullable;

/**
 * Which server each client makes its models on: blobs that are uploaded to one, then a model of
 * them. Remembered for ten minutes after a client's last such request, for a thousand and
 * twenty-four clients; of more, who was idle longest is forgotten. Safe for any number of threads.
 */
final class Sequences {

  static final int CLIENTS_MAX = 1024;
  static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

  /**
   * Where a client is.
   *
   * @param server which it is
   * @param hasBlobs whether the client uploaded to it, or asked it for what is uploaded
   * @param lastNanos when it did anything there
   */
  private record Place(Upstream server, boolean hasBlobs, long lastNanos) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final LongSupplier nanoTime;

  private final Map<String, Place> places =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Place> eldest) {
          return size() > CLIENTS_MAX;
        }
      };

  Sequences(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * The server of a client's sequence, which begins with this if there is none.
   *
   * @param isBlob whether this request is about a blob
   * @param suits whether a server will do at all
   * @param mayMove whether one of which the client has no blobs is to be left for another
   * @param first finds one where there is none; may find none; must not wait
   */
  @Nullable Upstream server(
      String client,
      boolean isBlob,
      Predicate<Upstream> suits,
      Predicate<Upstream> mayMove,
      Supplier<@Nullable Upstream> first) {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      Place known = places.get(client);
      if (known != null
          && now - known.lastNanos() < KEPT_NANOS
          && suits.test(known.server())
          && (known.hasBlobs() || !mayMove.test(known.server()))) {
        places.put(client, new Place(known.server(), isBlob || known.hasBlobs(), now));
        return known.server();
      }
      Upstream server = first.get();
      if (server != null) {
        places.put(client, new Place(server, isBlob, now));
      }
      return server;
    } finally {
      lock.unlock();
    }
  }

  /** The client goes on at another server, since its own could not be reached. */
  void move(String client, boolean isBlob, Upstream server) {
    lock.lock();
    try {
      places.put(client, new Place(server, isBlob, nanoTime.getAsLong()));
    } finally {
      lock.unlock();
    }
  }

  /** How many clients are remembered. */
  int size() {
    lock.lock();
    try {
      return places.size();
    } finally {
      lock.unlock();
    }
  }
}
