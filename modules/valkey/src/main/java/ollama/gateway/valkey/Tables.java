package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState.Table;

/** Entries that hold on all gateways. For the courier's thread. */
final class Tables {

  /** A table is read as often even if nothing has changed: what is in it grows old. */
  private static final long READ_AGAIN_NANOS = TimeUnit.HOURS.toNanos(6);

  /** At most: a gateway with another time may want to keep what this one doesn't. */
  private static final long FORGET_NANOS = TimeUnit.HOURS.toNanos(1);

  /** What the script does with entries; it knows it by these names. */
  enum Way {
    SAY,
    KEEP,
    FORGET
  }

  private final Courier courier;
  private final SharedListener listener;
  private final LongSupplier nanoClock;
  private final Map<Table, Long> readNanos = new EnumMap<>(Table.class);
  private final Map<Table, Long> forgotNanos = new EnumMap<>(Table.class);
  private final Map<Table, Long> versions = new EnumMap<>(Table.class);
  private final Map<Table, Map<String, String>> tables = new EnumMap<>(Table.class);
  private final Map<Table, Map<String, String>> unsent = new EnumMap<>(Table.class);

  Tables(Courier courier, SharedListener listener, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.courier = courier;
    this.listener = listener;
  }

  /** What a connection begins with: what couldn't be announced before. */
  List<StoreCall> first() {
    // It may be another store, or have lost what it was told last.
    versions.clear();
    List<StoreCall> calls = new ArrayList<>();
    unsent.forEach((table, entries) -> calls.add(new Announcement(table, entries, Way.SAY)));
    unsent.clear();
    return calls;
  }

  /** An entry that holds on all gateways. */
  final class Announcement implements StoreCall {
    private final Table table;
    private final Way way;
    private final Map<String, String> entries;
    private final Reply<Object> done = new Reply<>();

    Announcement(Table table, Map<String, String> entries, Way way) {
      this.table = table;
      this.entries = entries;
      this.way = way;
    }

    @Override
    public void send(Wire wire) {
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(Names.bytes(Names.label(table)));
      arguments.add(Names.bytes(way.name().toLowerCase(Locale.ROOT)));
      entries.forEach(
          (name, entry) -> {
            arguments.add(Names.bytes(name));
            arguments.add(Names.bytes(entry));
          });
      Names names = courier.names();
      done.isDue(
          wire.call(Script.ANNOUNCE, List.of(names.table(table), names.versions()), arguments));
    }

    @Override
    public void answered() {
      Object _ = done.get();
      // Read again in any case: a store that is emptied now has the version of before.
      versions.remove(table);
    }

    @Override
    public void failed() {
      if (way == Way.SAY) {
        unsent.computeIfAbsent(table, _ -> new LinkedHashMap<>()).putAll(entries);
      }
    }
  }

  /** The store says which version it has. */
  void look(Table table, long version) {
    Long seen = versions.get(table);
    long sinceRead = nanoClock.getAsLong() - readNanos.getOrDefault(table, nanoClock.getAsLong());
    if (seen == null || seen != version || sinceRead > READ_AGAIN_NANOS) {
      versions.put(table, version);
      courier.give(new Fetch(table));
    }
  }

  /** Reads a table that has changed. */
  private final class Fetch implements StoreCall {
    private final Table table;
    private final Reply<Map<byte[], byte[]>> answer = new Reply<>();

    private Fetch(Table table) {
      this.table = table;
    }

    @Override
    public void send(Wire wire) {
      answer.isDue(wire.all(courier.names().table(table)));
    }

    @Override
    public void answered() {
      Map<String, String> there = new LinkedHashMap<>();
      answer.get().forEach((name, entry) -> there.put(Gossip.text(name), Gossip.text(entry)));
      readNanos.put(table, nanoClock.getAsLong());
      Map<String, String> lost = new LinkedHashMap<>(tables.getOrDefault(table, Map.of()));
      lost.keySet().removeAll(there.keySet());
      Map<String, String> all = new LinkedHashMap<>(there);
      all.putAll(lost);
      Set<String> over = listener.outdated(table, Collections.unmodifiableMap(all));
      lost.keySet().removeAll(over);
      forget(there, over);
      if (!lost.isEmpty()) {
        // The store was emptied, or these were announced while it was away.
        courier.give(new Announcement(table, lost, Way.KEEP));
        there.putAll(lost);
      }
      tables.put(table, there);
      listener.entries(table, Collections.unmodifiableMap(there));
    }

    private void forget(Map<String, String> there, Set<String> over) {
      Map<String, String> gone = new LinkedHashMap<>(there);
      gone.keySet().retainAll(over);
      there.keySet().removeAll(over);
      long now = nanoClock.getAsLong();
      Long before = forgotNanos.get(table);
      if (!gone.isEmpty() && (before == null || now - before > FORGET_NANOS)) {
        forgotNanos.put(table, now);
        courier.give(new Announcement(table, gone, Way.FORGET));
      }
    }

    @Override
    public void failed() {
      versions.remove(table);
    }
  }
}
