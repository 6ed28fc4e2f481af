package ollama.gateway.valkey;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import ollama.gateway.usage.PeriodTotals;

/**
 * What keys have used that the store hasn't heard of. Totals make up for each other, so the last of
 * a key is enough. It is bounded: of keys beyond, the next request tells. For one thread.
 */
final class Owed {
  private static final int MAX = 100_000;

  private final Map<String, Use> byKey = new LinkedHashMap<>();

  private record Use(PeriodTotals totals, long tokens) {}

  void add(String key, PeriodTotals usedHere, long tokens) {
    if (!usedHere.equals(PeriodTotals.NONE) && (byKey.size() < MAX || byKey.containsKey(key))) {
      Use before = byKey.get(key);
      byKey.put(key, new Use(usedHere, tokens + (before == null ? 0 : before.tokens)));
    }
  }

  /** Writes it, at most so much of it. */
  void pay(Wire wire, Courier courier, int max) {
    Iterator<Map.Entry<String, Use>> uses = byKey.entrySet().iterator();
    for (int i = 0; i < max && uses.hasNext(); i++) {
      Map.Entry<String, Use> use = uses.next();
      Use of = use.getValue();
      var _ =
          SettleCall.write(wire, courier, use.getKey(), new SettleCall(0, 0, of.totals, of.tokens));
      uses.remove();
    }
  }
}
