package ollama.gateway.valkey;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Clients that are over a limit until a time that is known: nobody need ask the store for them. It
 * is bounded, since any number of clients may be; those that don't fit ask. Safe from any thread.
 */
final class HotList {
  static final int MAX = 10_000;

  private final ConcurrentHashMap<String, Long> until = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;

  HotList(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** It may not come again before so many nanoseconds. */
  void add(String who, long nanos) {
    long now = nanoClock.getAsLong();
    if (until.size() >= MAX) {
      until.values().removeIf(end -> end - now <= 0);
    }
    if (until.size() < MAX) {
      until.merge(who, now + nanos, (a, b) -> a - b > 0 ? a : b);
    }
  }

  /** For how many nanoseconds it may not come; 0 if it may. */
  long leftNanos(String who) {
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
}
