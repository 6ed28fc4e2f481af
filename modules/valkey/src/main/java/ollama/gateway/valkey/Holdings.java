package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import redis.clients.jedis.Response;

/**
 * What runs of keys on this gateway, as the store is to know it: what it says is put right from
 * here. For one thread.
 */
final class Holdings {
  private final Names names;
  private final byte[] runningField;
  private final byte[] reservedField;
  private final Map<String, Held> byKey = new HashMap<>();
  private final Set<String> wrong = new HashSet<>();

  private static final class Held {
    private int running;
    private long reserved;

    private boolean isNothing() {
      return running == 0 && reserved == 0;
    }
  }

  Holdings(Names names, String replica) {
    this.names = names;
    this.runningField = Names.bytes("n:" + replica);
    this.reservedField = Names.bytes("t:" + replica);
  }

  /** The store has counted it. */
  void add(String key, int running, long reserved) {
    Held held = byKey.computeIfAbsent(key, _ -> new Held());
    held.running += running;
    held.reserved += reserved;
  }

  /** It runs, and the store hasn't counted it. */
  void addUncounted(String key, int running, long reserved) {
    add(key, running, reserved);
    wrong.add(key);
  }

  /** It is over; the store is being told. */
  void remove(String key, int running, long reserved) {
    Held held = byKey.get(key);
    if (held != null) {
      held.running = Math.max(0, held.running - running);
      held.reserved = Math.max(0, held.reserved - reserved);
    }
  }

  /** The store knows what there is of this key. */
  void known(String key) {
    Held held = byKey.get(key);
    if (held != null && held.isNothing() && !wrong.contains(key)) {
      byKey.remove(key);
    }
  }

  /** The store may know nothing right any more. */
  void allWrong() {
    wrong.addAll(byKey.keySet());
  }

  /** The store may have done something to this key that nobody has heard of. */
  void doubt(String key) {
    wrong.add(key);
  }

  /** Whether there is anything to be put right. */
  boolean areWrong() {
    return !wrong.isEmpty();
  }

  /** Writes what is right instead of what isn't; to be sent before anything else. */
  final class Correction implements StoreCall {
    private final Set<String> keys = Set.copyOf(wrong);
    private final List<Response<Long>> done = new ArrayList<>();

    @Override
    public void send(Wire wire) {
      wrong.removeAll(keys);
      done.clear();
      keys.forEach(key -> done.add(write(wire, key)));
    }

    private Response<Long> write(Wire wire, String key) {
      Held held = byKey.get(key);
      if (held == null || held.isNothing()) {
        byKey.remove(key);
        return wire.drop(names.running(key), runningField, reservedField);
      }
      Map<byte[], byte[]> fields = HashMap.newHashMap(2);
      fields.put(runningField, Names.bytes(held.running));
      fields.put(reservedField, Names.bytes(held.reserved));
      return wire.hold(names.running(key), fields);
    }

    @Override
    public void answered() {
      done.forEach(Response::get);
    }

    @Override
    public void failed() {
      wrong.addAll(keys);
    }
  }

  /** Writes that nothing is held any more. */
  void dropAll(Wire wire) {
    for (String key : byKey.keySet()) {
      Response<Long> _ = wire.drop(names.running(key), runningField, reservedField);
    }
    byKey.clear();
    wrong.clear();
  }
}
