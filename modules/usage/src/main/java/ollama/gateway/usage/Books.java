package ollama.gateway.usage;

import java.util.HashMap;
import java.util.Iterator;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered, in memory: keys, their windows and rows. Whoever calls a method holds the
 * {@link #lock}, and not for long: threads of event loops wait for it.
 */
final class Books {
  /** An answer of more tokens counts as so many: then no window's sum can overflow. */
  static final long TOKENS_OF_ONE_MAX = 1L << 40;

  private static final int SWEPT_FROM = 1024;

  final ReentrantLock lock = new ReentrantLock();
  final UtcTime time = new UtcTime();
  final Unwritten unwritten;
  final ChangedRows changed = new ChangedRows();
  final Days days;
  final MinuteWindows minutes = new MinuteWindows();

  private final HashMap<String, KeyUsage> keys = new HashMap<>();

  /** Keys without rows are there for their quotas alone. */
  private final int keysMax;

  private int sweptAt = SWEPT_FROM;

  Books(Bounds bounds, boolean isKept) {
    unwritten = new Unwritten(isKept);
    days = new Days(bounds);
    keysMax = (int) Math.min(2L * bounds.maxRows(), Integer.MAX_VALUE);
  }

  /** It is this time now; it may be earlier than before. */
  void moveTo(long millis) {
    boolean isFirst = !time.isKnown();
    long before = time.second();
    boolean isAnotherDay = time.moveTo(millis);
    if (isFirst) {
      // What was read may be from a clock that was ahead.
      minutes.moveBack(time.second(), time.second());
    } else if (time.second() < before) {
      minutes.moveBack(before, time.second());
    }
    if (isAnotherDay) {
      days.enter(time.day());
    }
  }

  void record(KeyUsage key, String model, TokenCounts counts, boolean isEstimated) {
    long prompt = Math.min(counts.prompt(), TOKENS_OF_ONE_MAX);
    long completion = Math.min(counts.completion(), TOKENS_OF_ONE_MAX);
    long total = Math.min(prompt + completion, TOKENS_OF_ONE_MAX);
    if (total > 0) {
      key.day.add(time.day(), total);
      key.month.add(time.month(), total);
      minutes.add(key, time.second(), total);
      unwritten.add(key);
    }
    Row row = days.rowFor(time.day(), key, model);
    if (row != null) {
      row.requests++;
      row.estimatedRequests += isEstimated ? 1 : 0;
      row.add(prompt, Math.min(counts.cached(), prompt), completion);
      unwritten.add(row);
      changed.add(row);
    }
  }

  /**
   * The key of this name, made if it isn't known.
   *
   * @throws IllegalArgumentException if that is no name of a key
   */
  KeyUsage key(String id) {
    KeyUsage known = keys.get(id);
    if (known != null) {
      return known;
    }
    KeyIds.check(id);
    if (keys.size() >= sweptAt && time.isKnown()) {
      sweep();
    }
    KeyUsage made = new KeyUsage(id);
    keys.put(id, made);
    return made;
  }

  @Nullable KeyUsage knownKey(String id) {
    return keys.get(id);
  }

  /** The row that is known of what is known elsewhere; null if there is none. */
  @Nullable Row knownRow(Row elsewhere) {
    KeyUsage key = keys.get(elsewhere.key.id);
    return key == null ? null : days.knownRow(elsewhere.day.day, key, elsewhere.model);
  }

  int keyCount() {
    return keys.size();
  }

  KeyUsage[] copyOfKeys() {
    return keys.values().toArray(new KeyUsage[0]);
  }

  /** Adds what is known of a key elsewhere, but its rows. */
  void addAll(KeyUsage elsewhere) {
    KeyUsage mine = key(elsewhere.id);
    mine.day.addAll(elsewhere.day);
    mine.month.addAll(elsewhere.month);
    MinuteWindow minute = elsewhere.minute;
    if (minute != null) {
      MinuteWindow into = minutes.of(mine, time.second());
      long used = into.used(time.second());
      for (long second = into.oldest(); second <= into.newest(); second++) {
        into.restore(second, into.bucket(second) + minute.bucket(second));
      }
      if (used != into.used(time.second())) {
        into.wroteNothing();
      }
    }
    unwritten.add(mine);
  }

  /** Adds what is known of a row elsewhere. */
  void addAll(Row elsewhere) {
    Row mine = days.exactRow(elsewhere.day.day, key(elsewhere.key.id), elsewhere.model);
    if (mine != null) {
      mine.addAll(elsewhere);
      unwritten.add(mine);
      changed.add(mine);
    }
  }

  /**
   * Forgets keys that nothing is known of any more. The next time is when there are twice as many,
   * so that each new key pays for a part of it.
   */
  private void sweep() {
    int oldestRow = days.oldest(time.day());
    int oldestUse = Integer.MAX_VALUE;
    for (Iterator<KeyUsage> all = keys.values().iterator(); all.hasNext(); ) {
      KeyUsage key = all.next();
      if (isWithoutRows(key, oldestRow)) {
        if (key.isStale(time)) {
          forget(key, all);
        } else if (key.reserved == 0) {
          oldestUse = Math.min(oldestUse, key.day.latest());
        }
      }
    }
    while (keys.size() >= keysMax && oldestUse < Integer.MAX_VALUE) {
      oldestUse = forgetUsedOn(oldestUse, oldestRow);
    }
    sweptAt = Math.min(keysMax, Math.max(SWEPT_FROM, 2 * keys.size()));
    if (sweptAt <= keys.size()) {
      sweptAt = keys.size() + SWEPT_FROM;
    }
  }

  /** Forgets those of one day, and returns the next one. */
  private int forgetUsedOn(int day, int oldestRow) {
    int next = Integer.MAX_VALUE;
    for (Iterator<KeyUsage> all = keys.values().iterator(); all.hasNext(); ) {
      KeyUsage key = all.next();
      if (isWithoutRows(key, oldestRow) && key.reserved == 0) {
        if (key.day.latest() <= day) {
          forget(key, all);
        } else {
          next = Math.min(next, key.day.latest());
        }
      }
    }
    return next;
  }

  private static boolean isWithoutRows(KeyUsage key, int oldestRow) {
    return key.lastRowDay < oldestRow && !key.isUnwritten;
  }

  private void forget(KeyUsage key, Iterator<KeyUsage> all) {
    minutes.remove(key);
    all.remove();
  }
}
