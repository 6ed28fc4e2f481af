package ollama.gateway.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConcurrencyLimiterTest {

  private final ConcurrencyLimiter<String> limiter = new ConcurrencyLimiter<>();

  @Test
  void soManyRunAtOnceAndTheNextWhenOneIsOver() {
    assertTrue(limiter.enter("a", 2));
    assertTrue(limiter.enter("a", 2));
    assertFalse(limiter.enter("a", 2));
    assertTrue(limiter.enter("b", 2));
    limiter.leave("a");
    assertTrue(limiter.enter("a", 2));
    assertEquals(2, limiter.running("a"));
  }

  @Test
  void whoHasNoneRunningIsForgotten() {
    assertTrue(limiter.enter("a", 1));
    limiter.leave("a");
    limiter.leave("a");
    assertEquals(0, limiter.running("a"));
    assertTrue(limiter.enter("a", 1));
  }

  @Test
  void neverOneMoreIsIn() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Callable<Integer> client =
        () -> {
          int entered = 0;
          for (int i = 0; i < 1_000; i++) {
            if (limiter.enter("a", 3)) {
              int _ = most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              entered++;
              Thread.onSpinWait();
              inside.decrementAndGet();
              limiter.leave("a");
            }
          }
          return entered;
        };
    int entered = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> one : threads.invokeAll(Collections.nCopies(20, client))) {
        entered += one.get();
      }
    }
    assertTrue(entered > 0);
    assertTrue(most.get() <= 3, "at most " + most);
    assertEquals(0, limiter.running("a"));
  }
}
