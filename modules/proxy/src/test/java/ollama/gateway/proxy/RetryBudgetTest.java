package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {

  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
  private final RetryBudget budget = new RetryBudget(nanoTime::get);

  @Test
  void tenMayAlwaysBeTriedAgain() {
    assertEquals(10, takeAll());
  }

  @Test
  void aFifthOfTheRequestsMayBesides() {
    assertTrue(budget.take());
    for (int i = 0; i < 100; i++) {
      budget.request();
    }
    assertEquals(9 + 20, takeAll());
  }

  @Test
  void whatWasBeforeTheMinuteDoesNotCount() {
    for (int i = 0; i < 1_000; i++) {
      budget.request();
    }
    assertEquals(210, takeAll());
    pass(59);
    assertEquals(0, takeAll());
    pass(2);
    assertEquals(10, takeAll());
  }

  @Test
  void overAnyTimeItIsAFifth() {
    int taken = 0;
    int requests = 0;
    for (int second = 0; second < 600; second++) {
      for (int i = 0; i < 50; i++) {
        budget.request();
        requests++;
        taken += budget.take() ? 1 : 0;
      }
      pass(1);
    }
    assertTrue(taken <= requests * 0.2 + 10 * 11, taken + " of " + requests);
    assertTrue(taken >= requests * 0.19, taken + " of " + requests);
  }

  private int takeAll() {
    int taken = 0;
    while (budget.take()) {
      taken++;
    }
    return taken;
  }

  private void pass(int seconds) {
    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }
}
