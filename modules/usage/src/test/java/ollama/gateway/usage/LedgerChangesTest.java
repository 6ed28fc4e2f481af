package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.key;
import static ollama.gateway.usage.Fixtures.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What somebody is told who keeps a copy of a ledger's rows. */
class LedgerChangesTest {
  private static final LocalDate TODAY = LocalDate.of(2027, 1, 31);

  private Instant now = Instant.parse("2027-01-31T12:00:00Z");
  private Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, () -> now);
  private LedgerChanges changes = ledger.changes();

  private void use(Bounds bounds) {
    ledger = Ledger.inMemory(bounds, () -> now);
    changes = ledger.changes();
  }

  private void record(String key, long tokens) {
    ledger.record(key, MODEL, tokens(tokens), false);
  }

  private List<UsageRow> take() {
    List<UsageRow> all = new ArrayList<>();
    LedgerChanges.Batch batch;
    do {
      batch = changes.take(10);
      assertTrue(batch.rows().size() <= 10);
      all.addAll(batch.rows());
    } while (batch.isMore());
    return all;
  }

  @Test
  void nothingIsToldBeforeSomebodyWantsIt() {
    record(ALICE, 5);

    assertEquals(List.of(), take());
    changes.all();
    assertEquals(1, take().size());
  }

  @Test
  void afterAllRowsThereAreThoseThatChange() {
    record(ALICE, 5);
    record(BOB, 7);
    changes.all();
    assertEquals(Set.copyOf(Fixtures.rows(ledger)), Set.copyOf(take()));
    assertEquals(List.of(), take());

    record(BOB, 1);
    record(BOB, 2);
    List<UsageRow> changed = take();
    assertEquals(1, changed.size());
    assertEquals(BOB, changed.getFirst().keyId());
    assertEquals(3, changed.getFirst().requests());
    assertEquals(10, changed.getFirst().counts().total());
    assertEquals(List.of(), take());
  }

  @Test
  void theLatestDaysComeFirst() {
    for (int day = 3; day > 0; day--) {
      for (int i = 0; i < 25; i++) {
        record(key(i), day);
      }
      now = now.plus(Duration.ofDays(1));
    }
    changes.all();

    List<UsageRow> rows = take();
    assertEquals(75, rows.size());
    assertEquals(TODAY.plusDays(2), rows.getFirst().day());
    assertEquals(TODAY, rows.getLast().day());
  }

  @Test
  void whatIsNewWhileAllAreTakenIsToldToo() {
    for (int i = 0; i < 25; i++) {
      record(key(i), 1);
    }
    changes.all();
    Set<UsageRow> told = new HashSet<>(changes.take(10).rows());
    record(key(3), 1);
    record(key(100), 1);
    now = now.plus(Duration.ofDays(1));
    record(key(3), 1);

    told.addAll(take());
    assertTrue(told.containsAll(Fixtures.rows(ledger)));
  }

  @Test
  void ofMoreChangesThanCanBeNotedAllAreTold() {
    use(new Bounds(400, 2 * ChangedRows.MAX, 200));
    changes.all();
    assertEquals(List.of(), take());
    int count = ChangedRows.MAX + 1;
    for (int i = 0; i < count; i++) {
      record(key(i), 1);
    }

    assertEquals(count, take().size());
    assertEquals(List.of(), take());
    record(ALICE, 1);
    assertEquals(1, take().size());
  }

  @Test
  void theOldestDayThatThereIsIsTold() {
    use(new Bounds(400, 30, 200));
    changes.all();
    assertEquals(TODAY, changes.take(10).oldest());
    for (int i = 0; i < 20; i++) {
      record(key(i), 1);
    }
    now = now.plus(Duration.ofDays(1));
    assertEquals(TODAY, changes.take(10).oldest());
    for (int i = 0; i < 20; i++) {
      record(key(i), 1);
    }

    LedgerChanges.Batch batch = changes.take(100);
    assertEquals(TODAY.plusDays(1), batch.oldest());
    assertFalse(batch.isMore());
    // What is gone is told by nobody.
    assertEquals(20, batch.rows().size());
  }
}
