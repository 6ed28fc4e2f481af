package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What the line in front of the servers did with requests. */
final class LineMetrics {

  /** From the end of a short answer to the longest that anybody waits. */
  private static final double[] BUCKET_SECONDS = {
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600
  };

  private final DistributionDataPoint wait;
  private final CounterDataPoint withoutModel;
  private final CounterDataPoint heartbeats;

  LineMetrics(String prefix, PrometheusRegistry registry) {
    wait =
        Histograms.plain(
            prefix + "queue_wait_seconds",
            "Time in the line, of requests that had to wait there and have ended.",
            BUCKET_SECONDS,
            registry);
    withoutModel =
        Counter.builder()
            .name(prefix + "requests_without_model_total")
            .help(
                "Requests for a model that couldn't be read from what is kept of their bodies: they"
                    + " go to any server, past the line.")
            .withoutExemplars()
            .register(registry);
    heartbeats =
        Counter.builder()
            .name(prefix + "heartbeats_total")
            .help("Signs of life sent to clients that waited for the first token of a stream.")
            .withoutExemplars()
            .register(registry);
  }

  void heartbeat() {
    heartbeats.inc();
  }

  void waited(long nanos) {
    wait.observe(nanos / 1e9);
  }

  void withoutModel() {
    withoutModel.inc();
  }
}
