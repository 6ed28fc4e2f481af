package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** A counter with one bounded label. */
final class ReasonCounter {
  private static final int REASONS_MAX = 100;

  private final Counter counter;
  private final Labels labels = new Labels(REASONS_MAX);
  private final ConcurrentMap<String, CounterDataPoint> byReason = new ConcurrentHashMap<>();

  ReasonCounter(String name, String label, String help, PrometheusRegistry registry) {
    counter =
        Counter.builder()
            .name(name)
            .help(help)
            .labelNames(label)
            .withoutExemplars()
            .register(registry);
  }

  /** Shows the value with 0 until it is counted: a rate needs a beginning. */
  void show(String reason) {
    CounterDataPoint _ = of(reason);
  }

  void count(String reason) {
    of(reason).inc();
  }

  private CounterDataPoint of(String reason) {
    String label = labels.of(reason);
    CounterDataPoint known = byReason.get(label);
    return known == null ? byReason.computeIfAbsent(label, counter::labelValues) : known;
  }
}
