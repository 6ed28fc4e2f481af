package ollama.gateway.valkey;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import ollama.gateway.shared.Demand;

/**
 * Clients that are over a limit until a time that is known: nobody need ask the store for them. It
 * is bounded, since any number of clients may be; those that don't fit ask. Safe from any thread.
 */
final class HotList {
  static final int MAX = 10_000;

  /** By a {@link Demand.Rate}, or by who it is for what all gateways are told. */
  private final ConcurrentHashMap<Object, Long> until = new ConcurrentHashMap<>();

  private final LongSupplier nanoClock;

  HotList(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** No request under this limit passes before so many nanoseconds. */
  void add(Demand.Rate rate, long nanos) {
    add((Object) rate, nanos);
    if (rate.isTold()) {
      addTold(rate.who(), nanos);
    }
  }

  /** The same of a client that another gateway has told of. */
  void addTold(String who, long nanos) {
    add((Object) who, nanos);
  }

  private void add(Object who, long nanos) {
    long now = nanoClock.getAsLong();
    if (until.size() >= MAX) {
      until.values().removeIf(end -> end - now <= 0);
    }
    if (until.size() < MAX) {
      until.merge(who, now + nanos, (a, b) -> a - b > 0 ? a : b);
    }
  }

  /** For how many nanoseconds no request under this limit passes; 0 if one may. */
  long leftNanos(Demand.Rate rate) {
    return left(rate);
  }

  /** For how many nanoseconds a client is shut out; 0 if it isn't. */
  long toldLeftNanos(String who) {
    return left(who);
  }

  private long left(Object who) {
    Long end = until.isEmpty() ? null : until.get(who);
    if (end == null) {
      return 0;
    }
    long left = end - nanoClock.getAsLong();
    if (left <= 0) {
      until.remove(who, end);
      return 0;
    }
    return left;
  }

  /** The store may have forgotten all. */
  void clear() {
    until.clear();
  }
}
