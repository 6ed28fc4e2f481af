package ollama.gateway.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.config.RateLimitConfig;
import org.junit.jupiter.api.RepeatedTest;

final class RateLimiterConcurrencyTest {
  private static final int THREADS = 32;
  private static final int LIMIT = 1_000;
  private static final int TRIES_OF_ONE = 500;

  @RepeatedTest(5)
  void exactlyAsManyPassAsAreAllowed() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      assertEquals(LIMIT, passedIn(threads));
    }
  }

  @RepeatedTest(5)
  void exactlyAsManyPassOnVirtualThreads() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertEquals(LIMIT, passedIn(threads));
    }
  }

  private static int passedIn(ExecutorService threads) throws Exception {
    String client = "alice";
    // Goes on by itself, but not by a whole window.
    AtomicLong clock = new AtomicLong();
    RateLimiter<String> limiter =
        new RateLimiter<>(new RateLimitConfig(LIMIT, 1, true), 10, clock::incrementAndGet);
    Callable<Integer> caller =
        () -> {
          int passed = 0;
          for (int i = 0; i < TRIES_OF_ONE; i++) {
            passed += limiter.acquire(client).allowed() ? 1 : 0;
          }
          return passed;
        };
    int passed = 0;
    for (Future<Integer> one : threads.invokeAll(Collections.nCopies(THREADS, caller))) {
      passed += one.get();
    }
    return passed;
  }
}
