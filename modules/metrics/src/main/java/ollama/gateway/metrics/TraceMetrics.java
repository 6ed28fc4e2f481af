package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What became of the traces of requests. */
public final class TraceMetrics {

  private final CounterDataPoint exported;
  private final CounterDataPoint dropped;

  TraceMetrics(String prefix, PrometheusRegistry registry) {
    exported =
        Counter.builder()
            .name(prefix + "traces_exported_total")
            .help("Requests whose spans the collector has.")
            .withoutExemplars()
            .register(registry);
    dropped =
        Counter.builder()
            .name(prefix + "traces_dropped_total")
            .help("Requests whose spans nobody has, since the collector didn't take them in time.")
            .withoutExemplars()
            .register(registry);
  }

  /** The collector has the spans of so many requests. */
  public void exported(long requests) {
    exported.inc(requests);
  }

  /** Nobody has those of so many. */
  public void dropped(long requests) {
    dropped.inc(requests);
  }
}
