package ollama.gateway.valkey;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

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

  /** Writes what is right instead of what isn't; nothing of it may be on its way. */
  void correct(Wire wire) {
    for (Iterator<String> keys = wrong.iterator(); keys.hasNext(); keys.remove()) {
      String key = keys.next();
      Held held = byKey.get(key);
      if (held == null || held.isNothing()) {
        wire.drop(names.running(key), runningField, reservedField);
        byKey.remove(key);
      } else {
        Map<byte[], byte[]> fields = HashMap.newHashMap(2);
        fields.put(runningField, Names.bytes(held.running));
        fields.put(reservedField, Names.bytes(held.reserved));
        wire.hold(names.running(key), fields);
      }
    }
  }

  /** Writes that nothing is held any more. */
  void dropAll(Wire wire) {
    byKey.keySet().forEach(key -> wire.drop(names.running(key), runningField, reservedField));
    byKey.clear();
    wrong.clear();
  }

  /** How many keys it knows. */
  int size() {
    return byKey.size();
  }
}
