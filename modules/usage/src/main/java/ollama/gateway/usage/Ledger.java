package ollama.gateway.usage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who used how many tokens, and whether that is within the quotas. The package says what is kept
 * over a restart, and how.
 *
 * <p>Safe for any number of threads. What a request calls ({@link #reserve}, {@link
 * Reservation#settle}, {@link #record}) does arithmetic under one short lock, and never touches the
 * disk: virtual threads that an event loop carries may call it, but not the loop's own thread,
 * since the thread that writes takes the same lock.
 */
public final class Ledger implements AutoCloseable {
  private final Books books;
  private final Bounds bounds;
  private final InstantSource clock;

  /** Absent if nothing is written. */
  private final @Nullable LedgerWriter writer;

  private Ledger(Books books, Bounds bounds, InstantSource clock, @Nullable LedgerWriter writer) {
    this.books = books;
    this.bounds = bounds;
    this.clock = clock;
    this.writer = writer;
  }

  /**
   * One that forgets everything when it is gone.
   *
   * @param bounds how much is remembered
   * @param clock what time it is; it may be wrong, and go back
   * @return an empty one
   */
  public static Ledger inMemory(Bounds bounds, InstantSource clock) {
    return new Ledger(new Books(bounds, false), bounds, clock, null);
  }

  /**
   * One that goes on with what a directory has. However bad that is, there is a ledger, if need be
   * in memory only, and the listener is told.
   *
   * @param directory where its files are; made if it isn't there
   * @param bounds how much is remembered
   * @param clock what time it is; it may be wrong, and go back
   * @param listener what is told of the file
   * @return one that has read all there is
   */
  public static Ledger open(
      Path directory, Bounds bounds, InstantSource clock, LedgerListener listener) {
    return open(directory, bounds, clock, listener, new Disk(), LedgerWriter.REST_MILLIS);
  }

  /** For tests: with another disk, and another rest before each write. */
  static Ledger open(
      Path directory,
      Bounds bounds,
      InstantSource clock,
      LedgerListener listener,
      Disk disk,
      long restMillis) {
    LedgerListener quiet = new QuietListener(listener);
    Storage storage = new Storage(directory, disk, quiet);
    Books books = new Books(bounds, true);
    long now = clock.millis();
    Exception failure = null;
    try {
      storage.open(books, Math.floorDiv(now, UtcTime.MILLIS_PER_SECOND));
    } catch (IOException | RuntimeException e) {
      failure = e;
      books = new Books(bounds, true);
    }
    LedgerWriter writer = new LedgerWriter(books, storage, bounds, quiet, clock, restMillis);
    Ledger ledger = new Ledger(books, bounds, clock, writer);
    ledger.begin(now, storage.isUnsaved());
    if (failure != null) {
      writer.failed(failure);
    }
    writer.tellDropped();
    return ledger;
  }

  private void begin(long now, boolean isUnsaved) {
    books.lock.lock();
    try {
      books.moveTo(now);
      if (isUnsaved && writer != null) {
        boolean _ = writer.isToWake();
      }
    } finally {
      books.lock.unlock();
    }
  }

  /**
   * Reads what a ledger has written, also while it writes, from any process. What was recorded in
   * the last second may be missing; so is what is damaged.
   *
   * @param directory the ledger's
   * @return its rows, in the order of days; none if nothing was written yet
   * @throws NoSuchFileException if there is no such directory
   * @throws IOException if the file can't be read, or is no journal of this version
   */
  public static List<UsageRow> read(Path directory) throws IOException {
    Path file = directory.resolve(Journal.FILE);
    Books books = new Books(Bounds.UNBOUNDED, false);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      JournalReader found = JournalReader.read(channel, books, Long.MAX_VALUE);
      if (found.end() == 0 && found.damage() != null) {
        throw new IOException(file + " can't be read: " + found.damage());
      }
    } catch (NoSuchFileException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
      return List.of();
    }
    List<UsageRow> rows = new ArrayList<>();
    for (Day day : books.days.copy()) {
      collect(books, day, null, rows);
    }
    return rows;
  }

  /**
   * Admits a request while what its key used and has reserved is below each of its quotas, and
   * reserves what it is expected to use.
   *
   * @param keyId the key's digest, 64 hexadecimal digits in lower case
   * @param quota the key's quotas; without any, nothing is reserved
   * @param estimatedTokens what it may use; taken as 1 if it is less
   * @return to be settled when the request is over, also when it isn't allowed
   * @throws IllegalArgumentException if that is no digest
   */
  public Reservation reserve(String keyId, TokenQuota quota, long estimatedTokens) {
    if (quota.isNone()) {
      return Reservation.UNLIMITED;
    }
    long estimate = Math.clamp(estimatedTokens, 1, Books.TOKENS_OF_ONE_MAX);
    books.lock.lock();
    try {
      books.moveTo(clock.millis());
      KeyUsage key = books.key(keyId);
      QuotaDecision decision = Quotas.decide(key, quota, estimate, books.time);
      if (!decision.allowed()) {
        return new Reservation(null, null, 0, decision);
      }
      key.reserved += estimate;
      return new Reservation(books, key, estimate, decision);
    } finally {
      books.lock.unlock();
    }
  }

  /**
   * An answer ended.
   *
   * @param keyId the key's digest, 64 hexadecimal digits in lower case
   * @param model what answered; a name of more than 255 characters counts as {@link UsageRow#OTHER}
   * @param counts its tokens; of each kind, and in total, at most 2<sup>40</sup> are counted
   * @param isEstimated whether nobody knows the tokens exactly
   * @throws IllegalArgumentException if that is no digest
   */
  public void record(String keyId, String model, TokenCounts counts, boolean isEstimated) {
    Objects.requireNonNull(model);
    LedgerWriter told = writer;
    boolean isToWake;
    books.lock.lock();
    try {
      books.moveTo(clock.millis());
      books.record(books.key(keyId), model, counts, isEstimated);
      isToWake = told != null && told.isToWake();
    } finally {
      books.lock.unlock();
    }
    if (isToWake && told != null) {
      told.wake();
    }
  }

  /**
   * What was used. The rows are each as it was at one moment, but not all of them at the same one.
   *
   * @param keyId the digest of the key whose rows are wanted; empty for all keys
   * @param since the first day that is wanted (UTC); empty for all that there are
   * @return the rows, in the order of days; of a key that isn't known, none
   */
  public List<UsageRow> rows(Optional<String> keyId, Optional<LocalDate> since) {
    List<Day> days;
    KeyUsage key = null;
    books.lock.lock();
    try {
      books.moveTo(clock.millis());
      if (keyId.isPresent()) {
        key = books.knownKey(keyId.get());
        if (key == null) {
          return List.of();
        }
      }
      days = books.days.copy();
    } finally {
      books.lock.unlock();
    }
    List<UsageRow> rows = new ArrayList<>();
    for (Day day : days) {
      if (since.isEmpty() || day.day >= since.get().toEpochDay()) {
        collect(books, day, key, rows);
      }
    }
    return rows;
  }

  /**
   * What changes of the rows, for one who keeps a copy of them. Takes note of nothing before {@link
   * LedgerChanges#all}.
   */
  public LedgerChanges changes() {
    return new LedgerChanges(books, bounds, clock);
  }

  /**
   * How much of its quotas a key has used, for metrics and pages.
   *
   * @param keyId the key's digest; one that isn't known has used nothing
   * @param quota its quotas
   * @return what is used, also of windows that have no quota
   */
  public QuotaState quotas(String keyId, TokenQuota quota) {
    books.lock.lock();
    try {
      books.moveTo(clock.millis());
      return Quotas.state(books.knownKey(keyId), quota, books.time);
    } finally {
      books.lock.unlock();
    }
  }

  /**
   * What a key has used in the day and the month that it is.
   *
   * @param keyId the key's digest; one that isn't known has used nothing
   * @return the totals, and of when
   */
  public PeriodTotals totals(String keyId) {
    books.lock.lock();
    try {
      books.moveTo(clock.millis());
      int day = books.time.day();
      int month = books.time.month();
      KeyUsage key = books.knownKey(keyId);
      return key == null
          ? new PeriodTotals(day, 0, month, 0)
          : new PeriodTotals(day, key.day.used(day), month, key.month.used(month));
    } finally {
      books.lock.unlock();
    }
  }

  /**
   * Whether what is recorded will be there after a restart.
   *
   * @return false for one in memory, and while nothing can be written
   */
  public boolean isPersistent() {
    return writer != null && writer.isPersistent();
  }

  /**
   * When something was written last.
   *
   * @return milliseconds since then; -1 if nothing was since the start
   */
  public long lastWrittenMillisAgo() {
    return writer == null ? -1 : writer.writtenMillisAgo();
  }

  /**
   * For how long something has been waiting to be written; what says that a disk is too slow, or
   * fails, where {@link #lastWrittenMillisAgo} may only say that nothing happens.
   *
   * @return milliseconds since the oldest of it was recorded, at least 1; 0 if all is written
   */
  public long unwrittenMillis() {
    return writer == null ? 0 : writer.behindMillis();
  }

  /**
   * Writes what is left, for which it waits up to 5 s, and lets others have the directory. What is
   * recorded later is in memory only.
   */
  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
  }

  /** Adds a day's rows, of one key or of all, with the lock held for some at a time. */
  private static void collect(Books books, Day day, @Nullable KeyUsage key, List<UsageRow> into) {
    LocalDate date = LocalDate.ofEpochDay(day.day);
    int from = 0;
    boolean isMore = true;
    while (isMore) {
      books.lock.lock();
      try {
        int to = Math.min(day.size(), from + Journal.RECORDS_AT_ONCE);
        for (; from < to; from++) {
          Row row = day.row(from);
          if (key == null || row.key == key) {
            into.add(row.toUsageRow(date));
          }
        }
        isMore = from < day.size();
      } finally {
        books.lock.unlock();
      }
    }
  }
}
