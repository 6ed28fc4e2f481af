package ollama.gateway.usage;

import java.io.IOException;
import java.util.List;

/**
 * Opens a directory that couldn't be had before, or was lost to another: what it has comes on top
 * of what was recorded since.
 */
final class TakeOver {
  private final Books books;
  private final Storage storage;
  private final Bounds bounds;

  TakeOver(Books books, Storage storage, Bounds bounds) {
    this.books = books;
    this.storage = storage;
    this.bounds = bounds;
  }

  /**
   * Does it.
   *
   * @throws DirectoryLock.HeldException if somebody else has the directory
   * @throws IOException if it can't be made, locked or read
   */
  void run(long now) throws IOException {
    Books found = new Books(bounds, false);
    storage.open(found, second(now));
    found.moveTo(now);
    Journal lost = storage.takeLost();
    if (lost != null) {
      leaveNews(found, lost, now);
    }
    KeyUsage[] keys = found.copyOfKeys();
    for (int i = 0; i < keys.length; i += Journal.RECORDS_AT_ONCE) {
      addKeys(keys, i, Math.min(keys.length, i + Journal.RECORDS_AT_ONCE));
    }
    List<Day> days = found.days.copy();
    for (int d = 0; d < days.size(); d++) {
      Day day = days.get(d);
      for (int i = 0; i < day.size(); i += Journal.RECORDS_AT_ONCE) {
        addRows(day, i, Math.min(day.size(), i + Journal.RECORDS_AT_ONCE));
      }
    }
  }

  /**
   * Takes away what was written from here before, so that it doesn't count twice: the other one had
   * begun with it, unless it had begun with nothing.
   */
  private void leaveNews(Books found, Journal lost, long now) {
    Books known = new Books(bounds, false);
    boolean isRead = lost.readAgain(known, second(now));
    lost.abandon();
    if (!isRead) {
      // Then as much is taken for the same as may be.
      takeAway(found, books);
      return;
    }
    known.moveTo(now);
    if (goesOn(found, known)) {
      takeAway(found, known);
    }
  }

  /** Whether all that was known is there, but for days that are over. */
  private static boolean goesOn(Books found, Books known) {
    int oldest = found.days.oldest(Integer.MIN_VALUE);
    List<Day> days = known.days.copy();
    for (int d = 0; d < days.size(); d++) {
      Day day = days.get(d);
      for (int i = 0; i < day.size() && day.day >= oldest; i++) {
        Row there = found.knownRow(day.row(i));
        if (there == null || !there.holds(day.row(i))) {
          return false;
        }
      }
    }
    return true;
  }

  private static void takeAway(Books from, Books known) {
    for (KeyUsage key : from.copyOfKeys()) {
      known.lock.lock();
      try {
        KeyUsage there = known.knownKey(key.id);
        if (there != null) {
          key.takeAway(there);
        }
      } finally {
        known.lock.unlock();
      }
    }
    List<Day> days = from.days.copy();
    for (int d = 0; d < days.size(); d++) {
      Day day = days.get(d);
      for (int i = 0; i < day.size(); i++) {
        takeAway(day.row(i), known);
      }
    }
  }

  private static void takeAway(Row from, Books known) {
    known.lock.lock();
    try {
      Row there = known.knownRow(from);
      if (there != null) {
        from.takeAway(there);
      }
    } finally {
      known.lock.unlock();
    }
  }

  private void addKeys(KeyUsage[] keys, int from, int to) {
    books.lock.lock();
    try {
      for (int i = from; i < to; i++) {
        books.addAll(keys[i]);
      }
    } finally {
      books.lock.unlock();
    }
  }

  private void addRows(Day day, int from, int to) {
    books.lock.lock();
    try {
      for (int i = from; i < to; i++) {
        Row row = day.row(i);
        if (row.requests > 0) {
          books.addAll(row);
        }
      }
    } finally {
      books.lock.unlock();
    }
  }

  private static long second(long millis) {
    return Math.floorDiv(millis, UtcTime.MILLIS_PER_SECOND);
  }
}
