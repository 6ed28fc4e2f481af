package ollama.gateway.valkey;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import ollama.gateway.usage.PeriodTotals;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Response;

/**
 * What keys have used that the store hasn't heard of. Totals make up for each other, so the last of
 * a key is enough. It is bounded: of keys beyond, the next request tells. For one thread.
 */
final class Owed {
  private static final int MAX = 100_000;
  private static final int AT_ONCE_MAX = 512;
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Courier courier;
  private final LongSupplier nanoClock;
  private final Map<String, Use> byKey = new LinkedHashMap<>();

  /** Tokens of the minute up to a time, and totals. */
  private record Use(PeriodTotals totals, long tokens, long atNanos) {}

  Owed(Courier courier, LongSupplier nanoClock) {
    this.courier = courier;
    this.nanoClock = nanoClock;
  }

  void add(String key, PeriodTotals usedHere, long tokens) {
    if (!usedHere.equals(PeriodTotals.NONE) && (byKey.size() < MAX || byKey.containsKey(key))) {
      byKey.put(key, new Use(usedHere, tokens + inMinute(byKey.get(key)), nanoClock.getAsLong()));
    }
  }

  /** What was used longer ago is in the totals alone. */
  private long inMinute(@Nullable Use use) {
    return use == null || nanoClock.getAsLong() - use.atNanos > MINUTE_NANOS ? 0 : use.tokens;
  }

  boolean isEmpty() {
    return byKey.isEmpty();
  }

  /** Tells some of it. */
  final class Payment implements StoreCall {
    private final Map<String, Use> uses = new LinkedHashMap<>();
    private final Map<String, Response<Object>> done = new LinkedHashMap<>();

    Payment() {
      for (Map.Entry<String, Use> use : byKey.entrySet()) {
        uses.put(use.getKey(), use.getValue());
        if (uses.size() == AT_ONCE_MAX) {
          break;
        }
      }
      byKey.keySet().removeAll(uses.keySet());
    }

    @Override
    public void send(Wire wire) {
      done.clear();
      uses.forEach(
          (key, use) ->
              done.put(
                  key,
                  SettleCall.write(
                      wire, courier, key, new SettleCall(0, 0, use.totals, inMinute(use)))));
    }

    @Override
    public void answered() {
      Parts.take(done, uses::remove);
    }

    @Override
    public void failed() {
      uses.forEach((key, use) -> byKey.putIfAbsent(key, use));
    }
  }
}
