package ollama.gateway.valkey;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import ollama.gateway.usage.LedgerChanges;
import ollama.gateway.usage.UsageRow;

/**
 * Tells the store what this gateway has counted of its keys' usage: rows that have changed, once a
 * second, and all of them where the store may have lost some. For the courier's thread.
 */
final class UsagePublisher {

  /** With four beats a second, 100,000 rows take 25 s. */
  static final int ROWS_AT_ONCE = 1_024;

  private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Who has nothing to tell says so as often. */
  private static final long REGISTERED_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int NO_DAY = 0;

  private final Courier courier;
  private final LedgerChanges changes;
  private long nextNanos;
  private long registerNanos;
  private boolean isMore;

  /** The store has nothing of days before this one. */
  private LocalDate oldest = LocalDate.MIN;

  UsagePublisher(Courier courier, LedgerChanges changes) {
    this.courier = courier;
    this.changes = changes;
  }

  /** Nothing is known of what the store knows. */
  void all() {
    changes.all();
    isMore = true;
    oldest = LocalDate.MIN;
    registerNanos = System.nanoTime();
  }

  /** What there is to tell, if it is time for that; to be asked a few times a second. */
  List<StoreCall> due() {
    return isMore || System.nanoTime() - nextNanos >= 0 ? next() : List.of();
  }

  /** What there is to tell; some of it, where {@link #isMore} says so then. */
  List<StoreCall> next() {
    long now = System.nanoTime();
    nextNanos = now + EVERY_NANOS;
    LedgerChanges.Batch batch = changes.take(ROWS_AT_ONCE);
    isMore = batch.isMore();
    Map<LocalDate, List<UsageRow>> days = new LinkedHashMap<>();
    for (UsageRow row : batch.rows()) {
      days.computeIfAbsent(row.day(), _ -> new ArrayList<>()).add(row);
    }
    List<StoreCall> calls = new ArrayList<>();
    days.forEach((day, rows) -> calls.add(new Publication((int) day.toEpochDay(), rows)));
    if (calls.isEmpty() && now - registerNanos >= 0) {
      calls.add(new Publication(NO_DAY, List.of()));
    }
    if (!calls.isEmpty()) {
      registerNanos = now + REGISTERED_NANOS;
    }
    if (batch.oldest().isAfter(oldest)) {
      oldest = batch.oldest();
      calls.add(new Forgetting(oldest.toEpochDay()));
    }
    return calls;
  }

  boolean isMore() {
    return isMore;
  }

  /** What has failed is told again when the store is back, with all the rest. */
  private final class Publication implements StoreCall {
    private final int day;
    private final List<UsageRow> rows;
    private final Reply<Object> done = new Reply<>();

    private Publication(int day, List<UsageRow> rows) {
      this.day = day;
      this.rows = rows;
    }

    @Override
    public void send(Wire wire) {
      Names names = courier.names();
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(courier.ledger());
      arguments.add(Names.bytes(day));
      arguments.add(Names.bytes(changes.bounds().retentionDays()));
      for (UsageRow row : rows) {
        arguments.add(UsageText.field(row));
        arguments.add(UsageText.value(row));
      }
      done.isDue(
          wire.call(
              Script.PUBLISH,
              List.of(
                  names.usage(courier.ledger(), day),
                  names.usageDays(courier.ledger()),
                  names.ledgers()),
              arguments));
    }

    @Override
    public void answered() {
      Object _ = done.get();
    }

    @Override
    public void failed() {}
  }

  /** Looks for days that the ledger has no more, and has them removed. */
  private final class Forgetting implements StoreCall {
    private final long before;
    private final Reply<List<byte[]>> days = new Reply<>();

    private Forgetting(long before) {
      this.before = before;
    }

    @Override
    public void send(Wire wire) {
      days.isDue(wire.daysBefore(courier.names().usageDays(courier.ledger()), before));
    }

    @Override
    public void answered() {
      List<byte[]> found = days.get();
      if (!found.isEmpty()) {
        courier.give(new Removal(found, before));
      }
    }

    @Override
    public void failed() {}
  }

  private final class Removal implements StoreCall {
    private final List<byte[]> days;
    private final long before;
    private final Reply<Long> done = new Reply<>();

    private Removal(List<byte[]> days, long before) {
      this.days = days;
      this.before = before;
    }

    @Override
    public void send(Wire wire) {
      Names names = courier.names();
      byte[][] rows =
          days.stream().map(day -> names.usage(courier.ledger(), day)).toArray(byte[][]::new);
      done.isDue(wire.removeDays(names.usageDays(courier.ledger()), before, rows));
    }

    @Override
    public void answered() {
      long _ = done.get();
    }

    @Override
    public void failed() {}
  }
}
