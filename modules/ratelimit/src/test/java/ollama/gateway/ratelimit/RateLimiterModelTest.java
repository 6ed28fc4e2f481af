package ollama.gateway.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import ollama.gateway.config.RateLimitConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limiter against the rule itself, written down without any thought of cost. */
final class RateLimiterModelTest {
  private static final int REQUESTS = 5_000;

  private long nowNanos;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void agreesWithTheRule(long seed) {
    Random random = new Random(seed);
    int limit = 1 + random.nextInt(40);
    int seconds = 1 + random.nextInt(20);
    int clients = 1 + random.nextInt(8);
    long windowNanos = TimeUnit.SECONDS.toNanos(seconds);
    nowNanos = random.nextLong();
    RateLimiter<String> limiter =
        new RateLimiter<>(new RateLimitConfig(limit, seconds, true), 0, () -> nowNanos);
    Map<String, List<Long>> accepted = new HashMap<>();

    for (int i = 0; i < REQUESTS; i++) {
      nowNanos += step(random, windowNanos / limit / clients);
      String client = "client " + random.nextInt(clients);
      List<Long> times = accepted.computeIfAbsent(client, c -> new ArrayList<>());
      assertEquals(expected(times, limit, windowNanos), limiter.acquire(client));
    }

    assertTrue(limiter.clients() <= clients);
    accepted.values().forEach(times -> assertNoWindowHasMore(times, limit, windowNanos));
  }

  /** Bursts, a steady flow about as fast as is allowed, and silence. */
  private static long step(Random random, long fairNanos) {
    return switch (random.nextInt(20)) {
      case 0 -> fairNanos * (1 + random.nextInt(50));
      case 1, 2, 3, 4, 5, 6, 7 -> 0;
      default -> random.nextLong(2 * fairNanos);
    };
  }

  private Decision expected(List<Long> times, int limit, long windowNanos) {
    List<Long> inWindow = times.stream().filter(t -> nowNanos - t < windowNanos).toList();
    boolean allowed = inWindow.size() < limit;
    if (allowed) {
      times.add(nowNanos);
    }
    long oldest = inWindow.isEmpty() ? nowNanos : inWindow.getFirst();
    double resetSeconds = (oldest + windowNanos - nowNanos) / 1e9;
    int reset = (int) Math.ceil(resetSeconds);
    int remaining = limit - inWindow.size() - (allowed ? 1 : 0);
    return new Decision(allowed, limit, remaining, reset, allowed ? 0 : reset);
  }

  private static void assertNoWindowHasMore(List<Long> times, int limit, long windowNanos) {
    for (int i = limit; i < times.size(); i++) {
      assertTrue(times.get(i) - times.get(i - limit) >= windowNanos);
    }
  }
}
