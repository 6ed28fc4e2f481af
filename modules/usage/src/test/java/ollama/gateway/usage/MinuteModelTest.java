package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.key;
import static ollama.gateway.usage.Fixtures.tokens;
import static ollama.gateway.usage.Fixtures.usedInMinute;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The minute against the rule itself, written down without any thought of cost. */
final class MinuteModelTest {
  private static final int STEPS = 3_000;

  private record Use(long second, long tokens) {}

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void agreesWithTheRule(long seed) {
    Random random = new Random(seed);
    Map<String, List<Use>> all = new HashMap<>();
    long before = Long.MIN_VALUE / 2;
    for (int i = 0; i < STEPS; i++) {
      clock.advance(step(random));
      long second = Math.floorDiv(clock.millis(), 1_000);
      long ahead = Math.max(before - second, 0);
      all.values().forEach(uses -> uses.replaceAll(use -> new Use(use.second - ahead, use.tokens)));
      before = second;
      String key = key(random.nextInt(6));
      List<Use> uses = all.computeIfAbsent(key, k -> new ArrayList<>());
      if (random.nextInt(3) > 0) {
        long tokens = random.nextInt(50);
        ledger.record(key, MODEL, tokens(tokens), false);
        uses.add(new Use(second, tokens));
      } else {
        long limit = 1L + random.nextInt(100);
        QuotaState.Window minute = ledger.quotas(key, new TokenQuota(limit, 0, 0)).minute();
        assertEquals(expected(uses, limit), minute);
      }
      assertEquals(used(uses, second), usedInMinute(ledger, key));
    }
  }

  private QuotaState.Window expected(List<Use> uses, long limit) {
    long now = clock.millis();
    long used = used(uses, Math.floorDiv(now, 1_000));
    if (used == 0) {
      return new QuotaState.Window(0, limit, 0);
    }
    long later = Math.floorDiv(now, 1_000);
    long wanted = Math.min(used, limit);
    while (used(uses, later) >= wanted) {
      later++;
    }
    return new QuotaState.Window(used, limit, Math.ceilDiv(later * 1_000 - now, 1_000));
  }

  private static long used(List<Use> uses, long second) {
    return uses.stream().filter(use -> use.second > second - 60).mapToLong(Use::tokens).sum();
  }

  /** Bursts, some seconds, more than a minute; and back. */
  private static long step(Random random) {
    return switch (random.nextInt(20)) {
      case 0 -> random.nextInt(200_000);
      case 1 -> -random.nextInt(5_000);
      case 2, 3, 4, 5, 6, 7, 8, 9 -> random.nextInt(300);
      default -> random.nextInt(9_000);
    };
  }
}
