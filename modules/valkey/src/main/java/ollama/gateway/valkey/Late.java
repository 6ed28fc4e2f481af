package ollama.gateway.valkey;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import ollama.gateway.shared.Demand;
import redis.clients.jedis.Response;

/**
 * Requests that were let in while the store couldn't be asked, to be counted there. It is bounded:
 * the oldest ones go. For one thread.
 */
final class Late {
  static final int MAX = 20_000;

  private static final int NANOS_PER_MICRO = 1000;

  private final Names names;
  private final LongSupplier nanoClock;
  private ArrayDeque<Request> requests = new ArrayDeque<>();

  private record Request(Demand.Rate rate, long atNanos) {}

  Late(Names names, LongSupplier nanoClock) {
    this.names = names;
    this.nanoClock = nanoClock;
  }

  void add(Demand.Rate rate) {
    if (rate.isLimited()) {
      requests.add(new Request(rate, nanoClock.getAsLong()));
      if (requests.size() > MAX) {
        Request _ = requests.removeFirst();
      }
    }
  }

  boolean isEmpty() {
    return requests.isEmpty();
  }

  /** Tells all of it. */
  final class Telling implements StoreCall {
    private final Map<Demand.Rate, List<Request>> told = new LinkedHashMap<>();
    private final Map<Demand.Rate, Response<Object>> done = new LinkedHashMap<>();

    Telling() {
      for (Request request : requests) {
        told.computeIfAbsent(request.rate, _ -> new ArrayList<>()).add(request);
      }
      requests = new ArrayDeque<>();
    }

    @Override
    public void send(Wire wire) {
      done.clear();
      long now = nanoClock.getAsLong();
      told.forEach(
          (rate, of) -> {
            List<byte[]> arguments = new ArrayList<>(of.size() + 1);
            arguments.add(Names.bytes(Answer.microsOf(rate)));
            of.forEach(
                request -> arguments.add(Names.bytes((now - request.atNanos) / NANOS_PER_MICRO)));
            done.put(rate, wire.call(Script.LATE, List.of(names.rate(rate)), arguments));
          });
    }

    @Override
    public void answered() {
      Parts.take(done, told::remove);
    }

    @Override
    public void failed() {
      List<Request> all = new ArrayList<>(requests);
      told.values().forEach(all::addAll);
      all.sort((a, b) -> Long.signum(a.atNanos - b.atNanos));
      requests = new ArrayDeque<>(all);
      while (requests.size() > MAX) {
        Request _ = requests.removeFirst();
      }
    }
  }
}
