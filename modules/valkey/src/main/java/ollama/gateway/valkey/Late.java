package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import ollama.gateway.shared.Demand;

/**
 * Requests that were let in while the store couldn't be asked, to be counted there. It is bounded:
 * what comes beyond isn't counted. For one thread.
 */
final class Late {
  static final int MAX = 20_000;

  private static final int NANOS_PER_MICRO = 1000;

  private final LongSupplier nanoClock;
  private final Map<Demand.Rate, List<Long>> times = new HashMap<>();
  private int size;

  Late(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void add(Demand.Rate rate) {
    if (rate.isLimited() && size < MAX) {
      size++;
      times.computeIfAbsent(rate, _ -> new ArrayList<>()).add(nanoClock.getAsLong());
    }
  }

  /** Writes all of it. */
  void tell(Wire wire, Names names) {
    long now = nanoClock.getAsLong();
    times.forEach(
        (rate, came) -> {
          List<byte[]> arguments = new ArrayList<>();
          arguments.add(Names.bytes(Answer.microsOf(rate)));
          came.forEach(at -> arguments.add(Names.bytes((now - at) / NANOS_PER_MICRO)));
          var _ = wire.call(Script.LATE, List.of(names.rate(rate.who())), arguments);
        });
    times.clear();
    size = 0;
  }

  int size() {
    return size;
  }
}
