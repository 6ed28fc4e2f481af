package ollama.gateway.http.tls;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * What waits, in the order of its turn: owners take turns, and what one owner has goes first come,
 * first served. From any thread.
 */
final class Turns<T> {

  // The owner whose turn it is comes first; none has nothing.
  private final LinkedHashMap<Object, Queue<T>> owners = new LinkedHashMap<>();

  /** Adds something behind all else of its owner. */
  synchronized void add(Object owner, T item) {
    owners.computeIfAbsent(owner, _ -> new ArrayDeque<>()).add(item);
  }

  /** Takes what is next; its owner's turn is behind all others' then. Empty if nothing waits. */
  synchronized Optional<T> next() {
    var first = owners.pollFirstEntry();
    if (first == null) {
      return Optional.empty();
    }
    Queue<T> own = first.getValue();
    T item = own.remove();
    if (!own.isEmpty()) {
      owners.put(first.getKey(), own);
    }
    return Optional.of(item);
  }

  /** Takes all. */
  synchronized List<T> drain() {
    List<T> all = new ArrayList<>();
    owners.values().forEach(all::addAll);
    owners.clear();
    return all;
  }
}
