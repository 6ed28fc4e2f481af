package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;

final class QuotaConcurrencyTest {
  private static final int THREADS = 32;
  private static final int TRIES = 200;
  private static final long ESTIMATE = 10;

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);

  @RepeatedTest(5)
  void ofManyAtOnceOneHasTheLastToken() throws Exception {
    TokenQuota quota = new TokenQuota(1_000, 1_000, 1_000);
    ledger.record(ALICE, MODEL, tokens(999), false);
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      all.add(() -> ledger.reserve(ALICE, quota, ESTIMATE).decision().allowed());
    }
    int admitted = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> one : threads.invokeAll(all)) {
        admitted += one.get() ? 1 : 0;
      }
    }
    assertEquals(1, admitted);
  }

  @RepeatedTest(5)
  void neverMoreIsUsedThanTheQuotaAndOneEstimate() throws Exception {
    long limit = 5_000;
    TokenQuota quota = new TokenQuota(0, limit, 0);
    AtomicLong used = new AtomicLong();
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      all.add(() -> ask(quota, used));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (Future<Boolean> one : threads.invokeAll(all)) {
        assertTrue(one.get());
      }
    }
    assertTrue(used.get() >= limit, "used " + used);
    assertTrue(used.get() < limit + ESTIMATE, "used " + used);
    assertEquals(
        new QuotaState.Window(used.get(), limit, 43_200), ledger.quotas(ALICE, quota).day());
    assertEquals(0, ledger.quotas(ALICE, quota).reserved());
  }

  private boolean ask(TokenQuota quota, AtomicLong used) {
    for (int i = 0; i < TRIES; i++) {
      Reservation reservation = ledger.reserve(ALICE, quota, ESTIMATE);
      if (reservation.decision().allowed()) {
        used.addAndGet(ESTIMATE);
        ledger.record(ALICE, MODEL, tokens(ESTIMATE), false);
      }
      reservation.settle();
    }
    return true;
  }
}
