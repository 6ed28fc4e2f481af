package ollama.gateway.valkey;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
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
    private final ArrayDeque<Request> told = requests;
    private final List<Response<Object>> done = new ArrayList<>();

    Telling() {
      requests = new ArrayDeque<>();
    }

    @Override
    public void send(Wire wire) {
      done.clear();
      long now = nanoClock.getAsLong();
      Map<Demand.Rate, List<byte[]>> ages = new HashMap<>();
      for (Request request : told) {
        ages.computeIfAbsent(request.rate, Telling::withWindow)
            .add(Names.bytes((now - request.atNanos) / NANOS_PER_MICRO));
      }
      ages.forEach(
          (rate, arguments) ->
              done.add(wire.call(Script.LATE, List.of(names.rate(rate)), arguments)));
    }

    private static List<byte[]> withWindow(Demand.Rate rate) {
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(Names.bytes(Answer.microsOf(rate)));
      return arguments;
    }

    @Override
    public void answered() {
      done.forEach(Response::get);
    }

    @Override
    public void failed() {
      ArrayDeque<Request> since = requests;
      requests = told;
      requests.addAll(since);
      while (requests.size() > MAX) {
        Request _ = requests.removeFirst();
      }
    }
  }
}
