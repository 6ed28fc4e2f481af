package ollama.gateway.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import ollama.gateway.config.RateLimitConfig;
import org.junit.jupiter.api.Test;

final class RateLimiterTest {
  private static final String ALICE = "alice";
  private static final String BOB = "bob";
  private static final String CAROL = "carol";

  /** About to wrap around, as the clock's origin is arbitrary. */
  private long nowNanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5);

  @Test
  void countsDownThenRefusesThenSaysWhenToComeBack() {
    RateLimiter<String> limiter = limiter(2, 10, 0);

    assertEquals(new Decision(true, 2, 1, 10, 0), limiter.acquire(ALICE));
    advanceMillis(3_500);
    assertEquals(new Decision(true, 2, 0, 7, 0), limiter.acquire(ALICE));
    assertEquals(new Decision(false, 2, 0, 7, 7), limiter.acquire(ALICE));
    advanceMillis(6_499);
    assertEquals(new Decision(false, 2, 0, 1, 1), limiter.acquire(ALICE));
    advanceMillis(1);
    assertEquals(new Decision(true, 2, 0, 4, 0), limiter.acquire(ALICE));
  }

  @Test
  void whoWaitsAsToldIsLetIn() {
    RateLimiter<String> limiter = limiter(3, 7, 0);
    for (int i = 0; i < 100; i++) {
      Decision decision = limiter.acquire(ALICE);
      advanceMillis(decision.allowed() ? 333 : decision.retryAfterSeconds() * 1_000L);
      assertTrue(decision.allowed() || limiter.acquire(ALICE).allowed());
    }
  }

  @Test
  void theWindowSlides() {
    RateLimiter<String> limiter = limiter(2, 1, 0);

    advanceMillis(900);
    limiter.acquire(ALICE);
    advanceMillis(50);
    limiter.acquire(ALICE);
    advanceMillis(100);
    assertFalse(limiter.acquire(ALICE).allowed(), "a fixed window would have started anew");
  }

  @Test
  void aRefusedRequestDoesNotCount() {
    RateLimiter<String> limiter = limiter(1, 10, 0);

    limiter.acquire(ALICE);
    for (int second = 0; second < 9; second++) {
      advanceMillis(1_000);
      assertFalse(limiter.acquire(ALICE).allowed());
    }
    advanceMillis(1_000);
    assertTrue(limiter.acquire(ALICE).allowed());
  }

  @Test
  void whoPeeksIsToldAsWhoAsksAndCountsNothing() {
    RateLimiter<String> limiter = limiter(2, 10, 0);

    assertEquals(new Decision(true, 2, 2, 0, 0), limiter.peek(ALICE));
    assertEquals(0, limiter.clients());
    limiter.acquire(ALICE);
    assertEquals(new Decision(true, 2, 1, 10, 0), limiter.peek(ALICE));
    assertEquals(new Decision(true, 2, 0, 10, 0), limiter.acquire(ALICE));
    advanceMillis(9_000);
    assertEquals(new Decision(false, 2, 0, 1, 1), limiter.peek(ALICE));
    advanceMillis(1_000);
    assertEquals(new Decision(true, 2, 2, 0, 0), limiter.peek(ALICE));
    assertTrue(limiter.acquire(ALICE).allowed());
  }

  @Test
  void clientsAreCountedApart() {
    RateLimiter<String> limiter = limiter(1, 10, 0);

    assertTrue(limiter.acquire(ALICE).allowed());
    assertTrue(limiter.acquire(BOB).allowed());
    assertFalse(limiter.acquire(ALICE).allowed());
  }

  @Test
  void disabledAllowsAllAndHasNothingToTell() {
    RateLimiter<String> limiter =
        new RateLimiter<>(new RateLimitConfig(0, 0, false), 1, () -> nowNanos);

    for (int i = 0; i < 1_000; i++) {
      assertSame(Decision.unlimited(), limiter.acquire(ALICE));
    }
    assertTrue(Decision.unlimited().allowed());
    assertFalse(Decision.unlimited().limited());
    assertEquals(0, limiter.clients());
  }

  @Test
  void theOneWhoWasSilentLongestIsForgottenWhenThereAreTooMany() {
    RateLimiter<String> limiter = limiter(1, 100, 2);

    limiter.acquire(ALICE);
    advanceMillis(1);
    limiter.acquire(BOB);
    advanceMillis(1);
    assertFalse(limiter.acquire(ALICE).allowed(), "asking, if in vain, isn't silence");
    advanceMillis(1);
    limiter.acquire(CAROL);

    assertEquals(2, limiter.clients());
    assertFalse(limiter.acquire(ALICE).allowed());
    assertTrue(limiter.acquire(BOB).allowed(), "forgotten, so new");
  }

  @Test
  void whoWasSilentForAWindowIsForgottenWhileOthersAsk() {
    RateLimiter<String> limiter = limiter(5, 10, 0);
    for (int i = 0; i < 1_000; i++) {
      limiter.acquire("client " + i);
    }
    assertEquals(1_000, limiter.clients());

    advanceMillis(9_999);
    limiter.acquire(ALICE);
    assertEquals(1_001, limiter.clients());

    advanceMillis(1);
    for (int i = 0; i < 500; i++) {
      limiter.acquire(BOB);
    }
    assertEquals(2, limiter.clients());
  }

  @Test
  void theSameSettingsKeepTheCounts() {
    RateLimiter<String> limiter = limiter(1, 10, 5);
    limiter.acquire(ALICE);

    assertSame(limiter, limiter.reconfigured(new RateLimitConfig(1, 10, true), 5));

    RateLimiter<String> other = limiter.reconfigured(new RateLimitConfig(1, 11, true), 5);
    assertNotSame(limiter, other);
    assertTrue(other.acquire(ALICE).allowed());
    assertNotSame(limiter, limiter.reconfigured(new RateLimitConfig(1, 10, true), 6));
  }

  @Test
  void refusesANegativeNumberOfClients() {
    assertThrows(IllegalArgumentException.class, () -> limiter(1, 10, -1));
  }

  @Test
  void theLargestSettingsDoNotOverflow() {
    RateLimiter<String> limiter = limiter(1_000_000, 2_678_400, Integer.MAX_VALUE);

    assertEquals(new Decision(true, 1_000_000, 999_999, 2_678_400, 0), limiter.acquire(ALICE));
  }

  private RateLimiter<String> limiter(int requests, int seconds, int clients) {
    return new RateLimiter<>(new RateLimitConfig(requests, seconds, true), clients, () -> nowNanos);
  }

  private void advanceMillis(long millis) {
    nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
