package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Counters that differ in their status only. A route answers with few different ones, so they are
 * found by looking through a short array, which is copied when one comes for the first time.
 */
final class StatusCounters {
  private static final int STATUS_MIN = 100;
  private static final int STATUS_MAX = 999;

  private record Entry(int status, CounterDataPoint counter) {}

  private final Function<String, CounterDataPoint> create;
  private volatile Entry[] entries = {};

  /** Counters made by {@code create} from the text of the status, once for each. */
  StatusCounters(Function<String, CounterDataPoint> create) {
    this.create = create;
  }

  void count(int status) {
    of(status < STATUS_MIN || status > STATUS_MAX ? 0 : status).inc();
  }

  private CounterDataPoint of(int status) {
    for (Entry entry : entries) {
      if (entry.status == status) {
        return entry.counter;
      }
    }
    return add(status);
  }

  private synchronized CounterDataPoint add(int status) {
    Entry[] before = entries;
    for (Entry entry : before) {
      if (entry.status == status) {
        return entry.counter;
      }
    }
    String label = status == 0 ? Labels.OTHER : Integer.toString(status);
    Entry added = new Entry(status, create.apply(label));
    Entry[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = added;
    entries = after;
    return added.counter;
  }
}
