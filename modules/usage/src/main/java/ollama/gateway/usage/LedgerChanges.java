package ollama.gateway.usage;

import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a ledger's rows somebody who keeps a copy of them doesn't have yet. A row that changes
 * costs a mark, and memory is bounded however long nobody takes anything.
 *
 * <p>For one thread, beside any number that use the ledger. That thread waits for the ledger's
 * lock, so it is none of an event loop.
 */
public final class LedgerChanges {
  private final Books books;
  private final Bounds bounds;
  private final InstantSource clock;

  // All rows are gone through as well, from the latest day to the oldest. Guarded by the lock.
  private boolean isWalking;
  private int walkDay;
  private int walkPlace;

  LedgerChanges(Books books, Bounds bounds, InstantSource clock) {
    this.books = books;
    this.bounds = bounds;
    this.clock = clock;
  }

  /**
   * Some of what has changed.
   *
   * @param rows as they are now; a row may be told again as it was told before
   * @param oldest the oldest day that still has rows; today if none has
   * @param isMore whether there may be more to take
   */
  public record Batch(List<UsageRow> rows, LocalDate oldest, boolean isMore) {}

  /** How much the ledger remembers. */
  public Bounds bounds() {
    return bounds;
  }

  /** Has all rows taken, once more if they were taken before. Nothing is told before that. */
  public void all() {
    books.lock.lock();
    try {
      begin();
    } finally {
      books.lock.unlock();
    }
  }

  /**
   * Takes what has changed, and then of all rows those of the latest days first. The lock is held
   * for a few of them at a time.
   *
   * @param rowsMax how many at most
   */
  public Batch take(int rowsMax) {
    List<UsageRow> rows = new ArrayList<>();
    int oldest;
    boolean isMore;
    do {
      books.lock.lock();
      try {
        books.moveTo(clock.millis());
        isMore = take(rows, Math.min(rowsMax, rows.size() + Journal.RECORDS_AT_ONCE));
        oldest = books.days.oldest(books.time.day());
      } finally {
        books.lock.unlock();
      }
    } while (isMore && rows.size() < rowsMax);
    return new Batch(rows, LocalDate.ofEpochDay(oldest), isMore);
  }

  private void begin() {
    books.changed.begin();
    isWalking = true;
    walkDay = Integer.MAX_VALUE;
    walkPlace = 0;
  }

  /** Takes up to so many; false if that were all. */
  private boolean take(List<UsageRow> into, int count) {
    if (books.changed.isOverfull()) {
      begin();
    }
    while (into.size() < count) {
      Row row = books.changed.take();
      row = row == null ? walk() : row;
      if (row == null) {
        return false;
      }
      if (!row.day.isDropped) {
        into.add(row.toUsageRow(LocalDate.ofEpochDay(row.day.day)));
      }
    }
    return true;
  }

  /** The next one of all; null behind the last. */
  private @Nullable Row walk() {
    while (isWalking) {
      Day day = books.days.upTo(walkDay);
      if (day == null) {
        isWalking = false;
        break;
      }
      if (day.day != walkDay) {
        walkDay = day.day;
        walkPlace = 0;
      }
      if (walkPlace < day.size()) {
        Row row = day.row(walkPlace);
        walkPlace++;
        return row;
      }
      walkDay--;
      walkPlace = 0;
    }
    return null;
  }
}
