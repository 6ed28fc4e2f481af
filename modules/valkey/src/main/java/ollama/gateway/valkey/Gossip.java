package ollama.gateway.valkey;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState.Table;

/** What gateways tell each other, a few times a second. For the courier's thread. */
final class Gossip {

  private static final int HEARD_AT_ONCE = 512;
  private static final int TOLD_MAX = 4_096;
  private static final String SHUT_OUT = "out";
  private static final String SEPARATOR = "\t";

  private final Courier courier;
  private final String replica;
  private final Tables tables;
  private final ServerNews servers;
  private final List<String> news = new ArrayList<>();

  /** The number of the last news that was heard from this store; empty for none. */
  private String last = "";

  private volatile int replicas = 1;

  Gossip(Courier courier, String replica, SharedListener listener, ServerNews servers) {
    this.servers = servers;
    this.courier = courier;
    this.replica = replica;
    this.tables = new Tables(courier, listener, System::nanoTime);
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

  /**
   * What goes ahead of a batch: a beat, if one is due or if there is anything about slots in it, so
   * that what others told is known when slots are granted.
   *
   * @param batch what is about to be sent
   * @param isDue whether it is time for a beat anyway, which is so a few times a second
   * @param loads whose ends are told as well
   */
  List<StoreCall> ahead(List<StoreCall> batch, boolean isDue, Loads loads) {
    boolean isOfSlots = replicas > 1 && batch.stream().anyMatch(StoreCall::isBehindNews);
    if (!isDue && !isOfSlots) {
      return List.of();
    }
    return loads.none() ? List.of(new Beat(isDue)) : List.of(new Beat(isDue), loads.new Ends());
  }

  /** What a connection begins with. */
  List<StoreCall> first() {
    last = "";
    List<StoreCall> calls = tables.first();
    calls.add(new Beat(true));
    return calls;
  }

  Tables tables() {
    return tables;
  }

  private final class Beat implements StoreCall {
    private final boolean isDue;
    private final Reply<Object> answer = new Reply<>();

    private Beat(boolean isDue) {
      this.isDue = isDue;
    }

    @Override
    public void send(Wire wire) {
      Names names = courier.names();
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(courier.replica());
      arguments.add(Names.bytes(Courier.LEASE_MILLIS));
      arguments.add(Names.bytes(last));
      arguments.add(Names.bytes(HEARD_AT_ONCE));
      servers.news(replicas, isDue).forEach(Gossip.this::tell);
      news.forEach(text -> arguments.add(Names.bytes(text)));
      answer.isDue(
          wire.call(
              Script.BEAT, List.of(names.replicas(), names.news(), names.versions()), arguments));
    }

    @Override
    public void answered() {
      if (!(answer.get() instanceof List<?> said)) {
        throw new IllegalStateException("not the answer of a beat");
      }
      news.clear();
      if (Answer.number(said, 0) == 0) {
        courier.resynchronize();
      }
      List<?> alive = (List<?>) said.get(2);
      replicas = Math.max(1, alive.size());
      Set<String> ids = alive.stream().map(Gossip::text).collect(Collectors.toSet());
      List<?> heard = (List<?>) said.get(5);
      hear(heard, ids, Answer.number(said, 1));
      servers.alive(ids);
      if (heard.size() >= HEARD_AT_ONCE * 3) {
        courier.beatAgain();
      }
      tables.look(Table.KEYS, Answer.number(said, 3));
      tables.look(Table.DRAINS, Answer.number(said, 4));
    }

    @Override
    public void failed() {}
  }

  private void hear(List<?> heard, Set<String> alive, long storeMillis) {
    for (int i = 0; i + 2 < heard.size(); i += 3) {
      last = text(heard.get(i));
      String from = text(heard.get(i + 1));
      if (!from.equals(replica) && alive.contains(from)) {
        hear(from, text(heard.get(i + 2)), storeMillis - millisOf(last));
      }
    }
  }

  private void hear(String from, String text, long ageMillis) {
    if (text.startsWith(ServerNews.STANDINGS + SEPARATOR)) {
      servers.hearStandings(from, text);
      return;
    }
    if (text.startsWith(ServerNews.PLACE + SEPARATOR)
        || text.startsWith(ServerNews.MISSED + SEPARATOR)) {
      servers.hearPlace(text);
      return;
    }
    String[] words = text.split(SEPARATOR, -1);
    if (words.length == 3 && words[0].equals(SHUT_OUT)) {
      try {
        long left = Long.parseLong(words[2]) - ageMillis;
        if (left > 0) {
          courier.heardHot(words[1], left);
        }
      } catch (NumberFormatException e) {
        // Of a gateway that writes it otherwise.
      }
    }
  }

  /** The store numbers news by their time. */
  private static long millisOf(String number) {
    return Long.parseLong(number.substring(0, number.indexOf('-')));
  }

  static String text(Object bytes) {
    return new String((byte[]) bytes, StandardCharsets.UTF_8);
  }
}
