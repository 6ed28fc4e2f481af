package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ollama.gateway.balancer.dispatch.GrantObserver;
import ollama.gateway.balancer.dispatch.Line;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Response;

/**
 * Which part of the servers' slots is this gateway's. The store has the sum of what the line may
 * use and of what is on its way between them, so no slot is used twice; all is told as a difference
 * for that. While the store is away, nobody can tell what others use: each gateway goes on with its
 * share.
 */
final class SlotLeases implements GrantObserver {

  private static final int KNOWN_MAX = 4_096;

  private final Courier courier;
  private final Line line;

  /** What is being asked for, so that it isn't again. */
  private final Set<Slot> asked = ConcurrentHashMap.newKeySet();

  // What follows is the courier's.

  private final Map<Slot, Integer> held = new HashMap<>();
  private final Map<Slot, Integer> known = new HashMap<>();
  private final Map<Slot, Integer> borrowed = new HashMap<>();
  private final Set<Slot> wrong = new HashSet<>();

  /** Requests for one model at one server. */
  private record Slot(String server, String model) {}

  SlotLeases(Courier courier, Line line) {
    this.courier = courier;
    this.line = line;
  }

  @Override
  public void isShort(String server, String model, int wanted, int slots) {
    Slot slot = new Slot(server, model);
    if (asked.add(slot)) {
      courier.give(new Request(slot, wanted, slots));
    }
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
    }

    @Override
    public void failed() {
      wrong.addAll(slots);
    }
  }

  /** The store answers: what was borrowed of it is to be had from it again. */
  void up() {
    long now = System.nanoTime();
    for (Map.Entry<Slot, Integer> more : borrowed.entrySet()) {
      Slot slot = more.getKey();
      boolean _ = line.grant(slot.server, slot.model, -more.getValue(), now);
    }
    borrowed.clear();
    line.ungranted(0, now);
  }

  /** It doesn't any more: of the slots that it knew, each gateway has its share, at least one. */
  void down(int replicas) {
    long now = System.nanoTime();
    line.ungranted(Integer.MAX_VALUE, now);
    known.forEach(
        (slot, slots) -> {
          int share = Math.ceilDiv(slots, Math.max(1, replicas));
          int more = share - held.getOrDefault(slot, 0);
          if (more > 0 && !borrowed.containsKey(slot)) {
            if (line.grant(slot.server, slot.model, more, now)) {
              borrowed.put(slot, more);
            }
          }
        });
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
  }

  /** It asks for slots. */
  private final class Request implements StoreCall {
    private final Slot slot;
    private final int wanted;
    private final int slots;
    private @Nullable Response<Object> answer;

    private Request(Slot slot, int wanted, int slots) {
      this.slot = slot;
      this.wanted = wanted;
      this.slots = slots;
    }

    @Override
    public void send(Wire wire) {
      answer =
          wire.call(
              Script.GRANT,
              List.of(name(slot), courier.names().replicas()),
              List.of(courier.replica(), Names.bytes(wanted), Names.bytes(slots)));
    }

    @Override
    public void answered() {
      Response<Object> response = answer;
      if (response == null) {
        throw new IllegalStateException("answered before it was sent");
      }
      int more = ((Number) response.get()).intValue();
      asked.remove(slot);
      know(slot, slots);
      hold(slot, more);
      if (!line.grant(slot.server, slot.model, more, System.nanoTime()) && more > 0) {
        // The server was taken out of the settings meanwhile.
        courier.give(new GivingBack(slot, more));
      }
    }

    @Override
    public void failed() {
      asked.remove(slot);
      know(slot, slots);
      wrong.add(slot);
    }
  }

  /** It gives slots back. */
  private final class GivingBack implements StoreCall {
    private final Slot slot;
    private final int given;
    private @Nullable Response<Object> answer;
    private boolean isGone;

    private GivingBack(Slot slot, int given) {
      this.slot = slot;
      this.given = given;
    }

    @Override
    public void send(Wire wire) {
      letGo();
      answer =
          wire.call(
              Script.GIVEBACK, List.of(name(slot)), List.of(courier.replica(), Names.bytes(given)));
    }

    @Override
    public void answered() {
      if (answer != null) {
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
      int ofBorrowed = Math.min(given, borrowed.getOrDefault(slot, 0));
      if (ofBorrowed > 0) {
        borrowed.merge(slot, -ofBorrowed, Integer::sum);
      }
      hold(slot, ofBorrowed - given);
    }
  }
}
