package ollama.gateway.http.server;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import ollama.gateway.http.loop.DescriptorBudget;

/**
 * The open connections, and who makes room for a new one when there are too many.
 *
 * <p>Asking for a place and taking it is no one step, so each acceptor may go beyond the bounds by
 * one connection.
 */
final class Connections {

  /** Crowded-out connections that are told so at a time; any beyond are closed without a word. */
  private static final int TURNED_AWAY_MAX = 64;

  private final Supplier<ServerOptions> options;
  private final DescriptorBudget budget;
  private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<Subscriber, Integer> perAddress = new ConcurrentHashMap<>();
  private final IdleSearch idle = new IdleSearch(open);
  // In the order of their coming.
  private final Queue<ClientConnection> reserved = new ConcurrentLinkedQueue<>();
  // Of their own: a difference of two counts would be wrong between the changes of the two.
  private final AtomicInteger ordinaryCount = new AtomicInteger();
  private final AtomicInteger reservedCount = new AtomicInteger();
  private final AtomicLong changes = new AtomicLong();
  private final AtomicInteger turningAway = new AtomicInteger();

  Connections(Supplier<ServerOptions> options, DescriptorBudget budget) {
    this.options = options;
    this.budget = budget;
  }

  int count() {
    return open.size();
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  boolean contains(ClientConnection connection) {
    return open.contains(connection);
  }

  void forEach(Consumer<ClientConnection> action) {
    open.forEach(action);
  }

  /** Changes when there may be room, or another to be closed: after each connection's end. */
  long changes() {
    return changes.get();
  }

  void changed() {
    changes.incrementAndGet();
  }

  /** What becomes of a connection when its client is asked how many it has. */
  enum Entry {
    /** It has too many already. */
    REFUSED,
    /** It is counted, until {@link #leave}. */
    COUNTED,
    /** A proxy that is trusted may have any number: they are those of many clients. */
    UNCOUNTED
  }

  /** Counts a client's connection by its address, if there may be one more. */
  Entry enter(InetAddress client) {
    ServerOptions now = options.get();
    if (now.proxies().has(client)) {
      return Entry.UNCOUNTED;
    }
    int max = now.connectionsPerAddress();
    int count = perAddress.merge(Subscriber.of(client), 1, Integer::sum);
    if (max != 0 && count > max) {
      leave(client);
      return Entry.REFUSED;
    }
    return Entry.COUNTED;
  }

  /** Takes back what {@link #enter} counted. */
  void leave(ClientConnection connection) {
    if (connection.isCounted()) {
      leave(connection.client());
    }
  }

  /** The same of one that isn't served yet. */
  void leave(InetAddress client) {
    perAddress.computeIfPresent(Subscriber.of(client), (a, count) -> count == 1 ? null : count - 1);
  }

  /**
   * Whether a connection that is refused may be told so, if not too many are at the time; who is to
   * call {@link #turnedAway} after that.
   */
  boolean mayTurnAway() {
    if (turningAway.incrementAndGet() <= TURNED_AWAY_MAX) {
      return true;
    }
    turnedAway();
    return false;
  }

  /** One has been told. */
  void turnedAway() {
    turningAway.decrementAndGet();
  }

  /** What keeps one more connection from having an ordinary place. */
  Optional<Shortage> shortage() {
    ServerOptions now = options.get();
    int max = now.connections();
    if (max != 0 && ordinaryCount.get() >= max) {
      return Optional.of(Shortage.CONNECTIONS);
    }
    // The reserve's descriptors are left to it.
    int kept = Math.max(0, now.reservedConnections() - reservedCount.get());
    return budget.has(Place.ORDINARY.descriptors() + kept * Place.RESERVED.descriptors())
        ? Optional.empty()
        : Optional.of(Shortage.DESCRIPTORS);
  }

  /** Whether a place of the reserve is free. */
  boolean hasReserve() {
    return reservedCount.get() < options.get().reservedConnections()
        && budget.has(Place.RESERVED.descriptors());
  }

  /** Closes the connection that is idle for longest, soon; false when there is none. */
  boolean closeLongestIdle(Shortage why) {
    return idle.closeLongestIdle(why);
  }

  /** Closes the connection that keeps a place of the reserve for longest without a whole head. */
  boolean closeSlowestReserved() {
    for (ClientConnection connection : reserved) {
      if (connection.phase().closeIfHeadIsAwaited()) {
        return true;
      }
    }
    return false;
  }

  /** Counts a connection in. */
  void add(ClientConnection connection) {
    Place place = connection.place();
    open.add(connection);
    budget.promise(place.descriptors());
    if (place == Place.RESERVED) {
      reservedCount.incrementAndGet();
      reserved.add(connection);
    } else {
      ordinaryCount.incrementAndGet();
    }
  }

  /** Counts a connection out; false when it wasn't in. */
  boolean remove(ClientConnection connection) {
    if (!open.remove(connection)) {
      return false;
    }
    Place place = connection.place();
    budget.giveBack(place.descriptors());
    if (place == Place.RESERVED) {
      reserved.remove(connection);
      reservedCount.decrementAndGet();
    } else {
      ordinaryCount.decrementAndGet();
    }
    leave(connection);
    changed();
    return true;
  }
}
