package ollama.gateway.proxy;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import ollama.gateway.ollama.Route;

/**
 * Requests that ended one server after another, remembered for ten minutes so that the same one,
 * sent again, ends one at most. Safe for any number of threads; holds a thousand.
 */
final class QueriesOfDeath {

  static final int KNOWN_MAX = 1_000;
  private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

  /**
   * What makes two requests the same; of one without a body nothing would, but that it is of the
   * same route, so such are none.
   *
   * @param key the name of the key
   * @param route where it goes
   * @param bodyBytes the body's length
   * @param bodyDigest of the body; who forges one fools nobody but himself
   */
  record Query(String key, Route route, int bodyBytes, long bodyDigest) {

    private boolean isTold() {
      return bodyBytes > 0;
    }
  }

  private final ConcurrentHashMap<Query, Long> untilNanos = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  QueriesOfDeath(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether it is remembered. */
  boolean knows(Query query) {
    Long until = untilNanos.get(query);
    return until != null && nanoTime.getAsLong() - until < 0;
  }

  /**
   * Remembers it for ten minutes, if it isn't; where there is no room, another one is forgotten.
   */
  void add(Query query) {
    if (!query.isTold() || knows(query)) {
      return;
    }
    if (untilNanos.size() >= KNOWN_MAX) {
      makeRoom();
    }
    untilNanos.put(query, nanoTime.getAsLong() + KEPT_NANOS);
  }

  /** How many are remembered. */
  int size() {
    return untilNanos.size();
  }

  private void makeRoom() {
    long now = nanoTime.getAsLong();
    untilNanos.values().removeIf(until -> now - until >= 0);
    Iterator<Query> any = untilNanos.keySet().iterator();
    if (untilNanos.size() >= KNOWN_MAX && any.hasNext()) {
      any.next();
      any.remove();
    }
  }
}
