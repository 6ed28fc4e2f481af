package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.rows;
import static ollama.gateway.usage.Fixtures.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RowsTest {
  private static final LocalDate TODAY = LocalDate.of(2026, 2, 27);

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");

  @Test
  void aRowIsOfAKeyAModelAndADay() {
    Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);
    assertEquals(List.of(), rows(ledger));
    ledger.record(ALICE, MODEL, new TokenCounts(10, 4, 5), false);
    ledger.record(ALICE, MODEL, new TokenCounts(1, 1, 1), true);
    ledger.record(ALICE, "qwen3", TokenCounts.NONE, false);
    ledger.record(BOB, MODEL, new TokenCounts(0, 0, 3), true);
    clock.set("2026-02-28T00:00:00Z");
    ledger.record(ALICE, MODEL, new TokenCounts(7, 0, 0), false);

    UsageRow first = new UsageRow(ALICE, MODEL, TODAY, 2, 1, new TokenCounts(11, 5, 6));
    UsageRow qwen = new UsageRow(ALICE, "qwen3", TODAY, 1, 0, TokenCounts.NONE);
    UsageRow bob = new UsageRow(BOB, MODEL, TODAY, 1, 1, new TokenCounts(0, 0, 3));
    LocalDate tomorrow = TODAY.plusDays(1);
    UsageRow last = new UsageRow(ALICE, MODEL, tomorrow, 1, 0, new TokenCounts(7, 0, 0));
    assertEquals(List.of(first, qwen, bob, last), rows(ledger));
    assertEquals(List.of(first, qwen, last), ledger.rows(Optional.of(ALICE), Optional.empty()));
    assertEquals(List.of(last), ledger.rows(Optional.empty(), Optional.of(tomorrow)));
    assertEquals(List.of(), ledger.rows(Optional.of(BOB), Optional.of(tomorrow)));
    assertEquals(List.of(), ledger.rows(Optional.of(Fixtures.key(3)), Optional.empty()));
    assertEquals(-1, ledger.lastWrittenMillisAgo());
    assertEquals(0, ledger.unwrittenMillis());
    assertEquals(false, ledger.isPersistent());
  }

  @Test
  void aClockThatGoesBackCountsInTheDayThatItSays() {
    Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);
    ledger.record(ALICE, MODEL, tokens(1), false);
    clock.set("2026-02-28T00:00:00Z");
    ledger.record(ALICE, MODEL, tokens(2), false);
    clock.set("2026-02-27T23:59:59Z");
    ledger.record(ALICE, MODEL, tokens(4), false);
    assertEquals(List.of(5L, 2L), totals(rows(ledger)));
  }

  @Test
  void beyondSoManyModelsOfAKeyAndDayTheRestIsOther() {
    Ledger ledger = Ledger.inMemory(new Bounds(400, 1_000, 3), clock);
    for (int i = 0; i < 10; i++) {
      ledger.record(ALICE, "model-" + i, tokens(1), false);
      ledger.record(BOB, "model", tokens(1), false);
    }
    ledger.record(ALICE, "model-1", tokens(1), false);
    assertEquals(List.of("model-0", "model", "model-1", "model-2", "other"), names(rows(ledger)));
    assertEquals(List.of(1L, 10L, 2L, 1L, 7L), totals(rows(ledger)));

    clock.set("2026-02-28T00:00:00Z");
    ledger.record(ALICE, "model-9", tokens(1), false);
    clock.set("2026-02-27T12:00:00Z");
    ledger.record(ALICE, "model-9", tokens(1), false);
    assertEquals(
        List.of("model-0", "model", "model-1", "model-2", "other", "model-9"), names(rows(ledger)));
    assertEquals(20 + 3, Fixtures.total(rows(ledger)));
  }

  @Test
  void aNameThatIsTooLongOrNoUnicodeIsOther() {
    Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);
    String longest = "m".repeat(255);
    for (String name :
        List.of(longest, longest + "m", "a\ud800", "a\udc00b", "a\ud800b", "\ud83e\udd99")) {
      ledger.record(ALICE, name, tokens(1), false);
    }
    assertEquals(List.of(longest, "other", "\ud83e\udd99"), names(rows(ledger)));
  }

  @Test
  void beyondSoManyRowsTheOldestDaysGo() {
    Ledger ledger = Ledger.inMemory(new Bounds(400, 4, 10), clock);
    ledger.record(ALICE, "a", tokens(1), false);
    ledger.record(ALICE, "b", tokens(2), false);
    clock.set("2026-02-28T12:00:00Z");
    ledger.record(ALICE, "a", tokens(4), false);
    ledger.record(ALICE, "b", tokens(8), false);
    assertEquals(4, rows(ledger).size());
    ledger.record(ALICE, "c", tokens(16), false);
    assertEquals(List.of(4L, 8L, 16L), totals(rows(ledger)));
    // What is left is today: one more fits, and the next counts for quotas alone.
    ledger.record(ALICE, "d", tokens(32), false);
    ledger.record(ALICE, "e", tokens(64), false);
    ledger.record(BOB, "a", tokens(128), false);
    ledger.record(ALICE, "a", tokens(256), false);
    assertEquals(List.of(260L, 8L, 16L, 32L), totals(rows(ledger)));
    assertEquals(380, Fixtures.usedToday(ledger, ALICE));
    assertEquals(128, Fixtures.usedToday(ledger, BOB));
    assertEquals(383, ledger.quotas(ALICE, TokenQuota.NONE).month().used());
  }

  @Test
  void oldDaysGo() {
    Ledger ledger = Ledger.inMemory(new Bounds(3, 1_000, 10), clock);
    for (int day = 1; day <= 6; day++) {
      ledger.record(ALICE, "model-" + day, tokens(1), false);
      clock.advance(86_400_000);
    }
    assertEquals(List.of("model-5", "model-6"), names(rows(ledger)));
  }

  @Test
  void aClockThatIsAheadForAWhileWipesNothingOut() {
    Ledger ledger = Ledger.inMemory(new Bounds(30, 1_000, 10), clock);
    for (int day = 1; day <= 6; day++) {
      ledger.record(ALICE, "model-" + day, tokens(1), false);
      clock.advance(86_400_000);
    }
    clock.set("2099-01-01T00:00:00Z");
    ledger.record(ALICE, "ahead", tokens(1), false);
    clock.set("2026-03-05T00:00:00Z");
    ledger.record(ALICE, "model-7", tokens(1), false);
    assertEquals(8, rows(ledger).size());
    assertEquals("ahead", rows(ledger).getLast().model());
  }

  @Test
  void keysOfWhichNothingIsKnownAreForgotten() {
    Books books = new Books(new Bounds(2, 100_000, 10), false);
    long day = 86_400_000L;
    int keys = 3_000;
    for (int month = 0; month < 5; month++) {
      books.moveTo(clock.millis() + month * 40L * day);
      for (int i = 0; i < keys; i++) {
        books.record(books.key(Fixtures.key(month * keys + i)), MODEL, tokens(1), false);
      }
    }
    assertTrue(books.keyCount() <= 3 * keys, "keys: " + books.keyCount());
  }

  @Test
  void keysWithoutRowsAreBoundedToo() {
    Books books = new Books(new Bounds(400, 1_000, 10), false);
    books.moveTo(clock.millis());
    KeyUsage busy = books.key(Fixtures.key(1_000_000));
    busy.reserved = 1;
    for (int i = 0; i < 20_000; i++) {
      books.record(books.key(Fixtures.key(i)), MODEL, tokens(1), false);
      assertTrue(books.keyCount() <= 4_100, "keys: " + books.keyCount());
    }
    assertEquals(busy, books.knownKey(Fixtures.key(1_000_000)));
    assertEquals(1_000, books.days.rows());
  }

  @Test
  void threadsLoseNothing() throws Exception {
    Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);
    int threads = 8;
    int times = 2_000;
    List<Callable<Integer>> all =
        IntStream.range(0, threads)
            .<Callable<Integer>>mapToObj(
                t ->
                    () -> {
                      for (int i = 0; i < times; i++) {
                        ledger.record(Fixtures.key(i % 50), "m" + i % 7, tokens(3), false);
                      }
                      return rows(ledger).size();
                    })
            .toList();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (Future<Integer> one : pool.invokeAll(all)) {
        assertEquals(350, one.get());
      }
    }
    assertEquals(3L * threads * times, Fixtures.total(rows(ledger)));
  }

  private static List<String> names(List<UsageRow> rows) {
    return rows.stream().map(UsageRow::model).toList();
  }

  private static List<Long> totals(List<UsageRow> rows) {
    return rows.stream().map(row -> row.counts().total()).toList();
  }
}
