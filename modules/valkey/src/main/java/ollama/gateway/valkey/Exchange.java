package ollama.gateway.valkey;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState.Table;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Response;

/** What gateways tell each other, a few times a second. For the courier's thread. */
final class Exchange {

  private static final int HEARD_AT_ONCE = 512;
  private static final int TOLD_MAX = 4_096;
  private static final long HEARD_SINCE_MILLIS = 120_000;
  private static final String SHUT_OUT = "out";
  private static final String SEPARATOR = "\t";

  private final Courier courier;
  private final String replica;
  private final SharedListener listener;
  private final ServerNews servers;
  private final List<String> news = new ArrayList<>();
  private final Map<Table, Long> versions = new EnumMap<>(Table.class);
  private final Map<Table, Map<String, String>> tables = new EnumMap<>(Table.class);
  private final Map<Table, Map<String, String>> unsent = new EnumMap<>(Table.class);

  /** Older news is of no use. */
  private String last = Long.toString(System.currentTimeMillis() - HEARD_SINCE_MILLIS);

  private volatile int replicas = 1;

  Exchange(Courier courier, String replica, SharedListener listener, ServerNews servers) {
    this.servers = servers;
    this.courier = courier;
    this.replica = replica;
    this.listener = listener;
  }

  /** How many gateways there are. */
  int replicas() {
    return replicas;
  }

  /** The others are told that a client has tried too often. */
  void shutOut(String who, long micros) {
    tell(String.join(SEPARATOR, SHUT_OUT, who, Long.toString(micros / 1000)));
  }

  private void tell(String text) {
    if (news.size() < TOLD_MAX) {
      news.add(text);
    }
  }

  /** Adds what is due. */
  void add(List<Errand> batch) {
    batch.add(new Beat());
  }

  /** What a connection begins with. */
  List<Errand> first() {
    // It may be another store, or have lost what it was told last.
    versions.clear();
    List<Errand> errands = new ArrayList<>();
    unsent.forEach((table, entries) -> errands.add(new Announcement(table, entries, false)));
    unsent.clear();
    errands.add(new Beat());
    return errands;
  }

  /** An entry that holds on all gateways. */
  final class Announcement implements Errand {
    private final Table table;
    private final boolean isOld;
    private final Map<String, String> entries;
    private @Nullable Response<Object> done;

    Announcement(Table table, Map<String, String> entries, boolean isOld) {
      this.table = table;
      this.entries = entries;
      this.isOld = isOld;
    }

    @Override
    public void send(Wire wire) {
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(Names.bytes(Names.label(table)));
      arguments.add(Names.bytes(isOld ? 1 : 0));
      entries.forEach(
          (name, entry) -> {
            arguments.add(Names.bytes(name));
            arguments.add(Names.bytes(entry));
          });
      Names names = courier.names();
      done = wire.call(Script.ANNOUNCE, List.of(names.table(table), names.versions()), arguments);
    }

    @Override
    public void answered() {
      if (done != null) {
        Object _ = done.get();
      }
      // Read again in any case: a store that is emptied now has the version of before.
      versions.remove(table);
    }

    @Override
    public void failed() {
      if (!isOld) {
        unsent.computeIfAbsent(table, _ -> new LinkedHashMap<>()).putAll(entries);
      }
    }
  }

  private final class Beat implements Errand {
    private @Nullable Response<Object> answer;

    @Override
    public void send(Wire wire) {
      Names names = courier.names();
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(courier.replica());
      arguments.add(Names.bytes(Courier.LEASE_MILLIS));
      arguments.add(Names.bytes(last));
      arguments.add(Names.bytes(HEARD_AT_ONCE));
      servers.news(replicas).forEach(Exchange.this::tell);
      news.forEach(text -> arguments.add(Names.bytes(text)));
      answer =
          wire.call(
              Script.BEAT, List.of(names.replicas(), names.news(), names.versions()), arguments);
    }

    @Override
    public void answered() {
      Response<Object> response = answer;
      if (response == null || !(response.get() instanceof List<?> said)) {
        throw new IllegalStateException("not the answer of a beat");
      }
      news.clear();
      if (Answer.number(said, 0) == 0) {
        courier.resynchronize();
      }
      List<?> alive = (List<?>) said.get(2);
      replicas = Math.max(1, alive.size());
      servers.alive(alive.stream().map(Exchange::text).collect(Collectors.toSet()));
      List<?> heard = (List<?>) said.get(5);
      hear(heard, Answer.number(said, 1));
      if (heard.size() >= HEARD_AT_ONCE * 3) {
        courier.beatAgain();
      }
      look(Table.KEYS, Answer.number(said, 3));
      look(Table.DRAINS, Answer.number(said, 4));
    }

    @Override
    public void failed() {}
  }

  private void hear(List<?> heard, long storeMillis) {
    for (int i = 0; i + 2 < heard.size(); i += 3) {
      last = text(heard.get(i));
      if (!text(heard.get(i + 1)).equals(replica)) {
        hear(text(heard.get(i + 1)), text(heard.get(i + 2)), storeMillis - millisOf(last));
      }
    }
  }

  private void hear(String from, String text, long ageMillis) {
    if (text.startsWith(ServerNews.STANDINGS + SEPARATOR)) {
      servers.hearStandings(from, text);
      return;
    }
    if (text.startsWith(ServerNews.PLACE + SEPARATOR)) {
      servers.hearPlace(text);
      return;
    }
    String[] words = text.split(SEPARATOR, -1);
    if (words.length == 3 && words[0].equals(SHUT_OUT)) {
      long left = Long.parseLong(words[2]) - ageMillis;
      if (left > 0) {
        courier.heardHot(words[1], left);
      }
    }
  }

  /** The store numbers news by their time. */
  private static long millisOf(String number) {
    return Long.parseLong(number.substring(0, number.indexOf('-')));
  }

  private void look(Table table, long version) {
    Long seen = versions.get(table);
    if (seen == null || seen != version) {
      versions.put(table, version);
      courier.give(new Fetch(table));
    }
  }

  /** Reads a table that has changed. */
  private final class Fetch implements Errand {
    private final Table table;
    private @Nullable Response<Map<byte[], byte[]>> answer;

    private Fetch(Table table) {
      this.table = table;
    }

    @Override
    public void send(Wire wire) {
      answer = wire.all(courier.names().table(table));
    }

    @Override
    public void answered() {
      Response<Map<byte[], byte[]>> response = answer;
      if (response == null) {
        throw new IllegalStateException("answered before it was sent");
      }
      Map<String, String> there = new LinkedHashMap<>();
      response.get().forEach((name, entry) -> there.put(text(name), text(entry)));
      Map<String, String> lost = new LinkedHashMap<>(tables.getOrDefault(table, Map.of()));
      lost.keySet().removeAll(there.keySet());
      if (!lost.isEmpty()) {
        // The store was emptied, or these were announced while it was away.
        courier.give(new Announcement(table, lost, true));
        there.putAll(lost);
      }
      tables.put(table, there);
      listener.entries(table, Collections.unmodifiableMap(there));
    }

    @Override
    public void failed() {
      versions.remove(table);
    }
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, StandardCharsets.UTF_8);
  }
}
