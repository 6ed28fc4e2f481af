package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import ollama.gateway.balancer.dispatch.GrantObserver;
import ollama.gateway.balancer.dispatch.Line;
import redis.clients.jedis.Response;

/**
 * Which part of the servers' slots is this gateway's. The store has the sum of what the line may
 * use and of what is on its way between them, so no slot is used twice; all is told as a difference
 * for that. While the store is away, nobody can tell what others use: each gateway goes on with its
 * share.
 */
final class SlotLeases implements GrantObserver {

  private static final int KNOWN_MAX = 4_096;

  /** Before it asks again for what wasn't to be had. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Courier courier;
  private final Line line;

  /**
   * What was asked for, and isn't again before there is an answer, and a pause where that is no.
   */
  private final Set<Slot> asked = ConcurrentHashMap.newKeySet();

  /** What is wanted by now. */
  private final ConcurrentHashMap<Slot, Want> wanted = new ConcurrentHashMap<>();

  // What follows is the courier's.

  private final Map<Slot, Integer> held = new HashMap<>();
  private final Map<Slot, Integer> known = new HashMap<>();
  private final Map<Slot, Integer> borrowed = new HashMap<>();
  private final Set<Slot> wrong = new HashSet<>();
  private final Map<Slot, Long> pauses = new HashMap<>();
  private final Loads loads;

  /** Requests for one model at one server. */
  private record Slot(String server, String model) {}

  /** So many of so many, and whether the server has to load the model for that. */
  private record Want(int wanted, int slots, boolean loads) {}

  SlotLeases(Courier courier, Line line) {
    this.courier = courier;
    this.line = line;
    this.loads = new Loads(courier, line);
  }

  Loads loads() {
    return loads;
  }

  @Override
  public void isShort(String server, String model, int wanted, int slots, boolean loads) {
    Slot slot = new Slot(server, model);
    Want _ = this.wanted.put(slot, new Want(wanted, slots, loads));
    ask(slot);
  }

  private void ask(Slot slot) {
    if (asked.add(slot)) {
      courier.give(new Request(slot));
    }
  }

  /** What was asked for may be asked for again. */
  private void free(Slot slot) {
    asked.remove(slot);
    if (wanted.containsKey(slot)) {
      ask(slot);
    }
  }

  /** Asks again for what wasn't to be had a moment ago; returns when there is more to ask for. */
  long retry(long nowNanos, long otherwise) {
    long next = otherwise;
    for (Iterator<Map.Entry<Slot, Long>> all = pauses.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Slot, Long> pause = all.next();
      if (nowNanos - pause.getValue() >= 0) {
        all.remove();
        free(pause.getKey());
      } else if (pause.getValue() - next < 0) {
        next = pause.getValue();
      }
    }
    return next;
  }

  @Override
  public void gaveBack(String server, String model, int given) {
    courier.give(new GivingBack(new Slot(server, model), given));
  }

  private byte[] name(Slot slot) {
    return courier.names().slots(slot.server, slot.model);
  }

  /** The store may know nothing right any more. */
  void allWrong() {
    wrong.addAll(held.keySet());
  }

  /** Whether there is anything to be put right. */
  boolean areWrong() {
    return !wrong.isEmpty();
  }

  /** Writes what is right instead of what isn't; to be sent before anything else. */
  final class Correction implements StoreCall {
    private final Set<Slot> slots = Set.copyOf(wrong);
    private final List<Response<Long>> done = new ArrayList<>();

    @Override
    public void send(Wire wire) {
      wrong.removeAll(slots);
      done.clear();
      for (Slot slot : slots) {
        int has = held.getOrDefault(slot, 0);
        done.add(
            has > 0
                ? wire.hold(name(slot), Map.of(courier.replica(), Names.bytes(has)))
                : wire.drop(name(slot), courier.replica()));
      }
    }

    @Override
    public void answered() {
      done.forEach(Response::get);
      slots.forEach(SlotLeases.this::takeBack);
    }

    @Override
    public void failed() {
      wrong.addAll(slots);
    }
  }

  /** The store answers: what was borrowed of it is to be had from it again. */
  void up() {
    Set.copyOf(borrowed.keySet()).forEach(this::takeBack);
    line.ungranted(0, System.nanoTime());
  }

  private void takeBack(Slot slot) {
    Integer more = borrowed.remove(slot);
    if (more != null) {
      boolean _ = line.grant(slot.server, slot.model, -more, System.nanoTime());
    }
  }

  /** It doesn't any more: of the slots that it knew, each gateway has its share, at least one. */
  void down(int replicas) {
    line.ungranted(Integer.MAX_VALUE, System.nanoTime());
    known.forEach((slot, slots) -> borrow(slot, Math.ceilDiv(slots, Math.max(1, replicas))));
  }

  private void borrow(Slot slot, int share) {
    int more = share - held.getOrDefault(slot, 0) - borrowed.getOrDefault(slot, 0);
    if (more > 0 && line.grant(slot.server, slot.model, more, System.nanoTime())) {
      int _ = borrowed.merge(slot, more, Integer::sum);
    }
  }

  /** Models that clients make up would pile up otherwise. */
  private void know(Slot slot, int slots) {
    if (known.size() >= KNOWN_MAX) {
      known.keySet().retainAll(held.keySet());
    }
    known.put(slot, slots);
  }

  private void hold(Slot slot, int more) {
    if (more != 0) {
      int has = held.getOrDefault(slot, 0) + more;
      if (has > 0) {
        held.put(slot, has);
      } else {
        held.remove(slot);
      }
    }
  }

  /** Writes that nothing is held any more. */
  void dropAll(Wire wire) {
    for (Slot slot : held.keySet()) {
      Response<Long> _ = wire.drop(name(slot), courier.replica());
    }
    held.clear();
    loads.dropAll(wire);
  }

  /** It asks for slots. */
  private final class Request implements StoreCall {
    private final Slot slot;
    private Want want = new Want(0, 0, false);
    private final Reply<Object> answer = new Reply<>();

    private Request(Slot slot) {
      this.slot = slot;
    }

    @Override
    public boolean isBehindNews() {
      return true;
    }

    @Override
    public void send(Wire wire) {
      Want now = wanted.remove(slot);
      want = now == null ? want : now;
      if (want.loads) {
        loads.mayBegin(slot.server, slot.model);
      }
      Names names = courier.names();
      answer.isDue(
          wire.call(
              Script.GRANT,
              List.of(name(slot), names.replicas(), names.load(slot.server)),
              List.of(
                  courier.replica(),
                  Names.bytes(want.wanted),
                  Names.bytes(want.slots),
                  Names.bytes(want.loads ? slot.model : ""))));
    }

    @Override
    public void answered() {
      int more = ((Number) answer.get()).intValue();
      know(slot, want.slots);
      hold(slot, more);
      if (!line.grant(slot.server, slot.model, more, System.nanoTime()) && more > 0) {
        // The server was taken out of the settings meanwhile.
        courier.give(new GivingBack(slot, more));
      }
      if (more > 0) {
        free(slot);
      } else {
        pauses.put(slot, System.nanoTime() + PAUSE_NANOS);
      }
    }

    @Override
    public void failed() {
      Want asks = wanted.getOrDefault(slot, want);
      know(slot, asks.slots);
      wrong.add(slot);
      // Where it is this name alone that is of no use, nobody is to wait until it is of any.
      borrow(slot, Math.ceilDiv(asks.slots, courier.gossip().replicas()));
      pauses.put(slot, System.nanoTime() + PAUSE_NANOS);
    }
  }

  /** It gives slots back. */
  private final class GivingBack implements StoreCall {
    private final Slot slot;
    private final int given;
    private final Reply<Object> answer = new Reply<>();
    private int givenToStore;
    private boolean isGone;

    private GivingBack(Slot slot, int given) {
      this.slot = slot;
      this.given = given;
    }

    @Override
    public boolean isBehindNews() {
      return true;
    }

    @Override
    public void send(Wire wire) {
      letGo();
      if (givenToStore > 0) {
        answer.isDue(
            wire.call(
                Script.GIVEBACK,
                List.of(name(slot)),
                List.of(courier.replica(), Names.bytes(givenToStore))));
      }
    }

    @Override
    public void answered() {
      if (givenToStore > 0) {
        Object _ = answer.get();
      }
    }

    @Override
    public void failed() {
      letGo();
      wrong.add(slot);
    }

    /** What was borrowed goes first: the store doesn't know of it. */
    private void letGo() {
      if (isGone) {
        return;
      }
      isGone = true;
      int before = borrowed.getOrDefault(slot, 0);
      int ofBorrowed = Math.min(given, before);
      if (ofBorrowed < before) {
        borrowed.put(slot, before - ofBorrowed);
      } else {
        borrowed.remove(slot);
      }
      givenToStore = given - ofBorrowed;
      hold(slot, -givenToStore);
    }
  }
}
