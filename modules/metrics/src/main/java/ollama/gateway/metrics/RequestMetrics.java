package ollama.gateway.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.ToLongFunction;

/** The requests by method and endpoint. */
final class RequestMetrics {

  /** From an answer out of memory to a long generation after a cold load. */
  private static final double[] BUCKET_SECONDS = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600
  };

  private final Counter total;
  private final Counter success;
  private final Counter failure;
  private final Histogram duration;
  private final ConcurrentMap<String, ConcurrentMap<String, RequestSeries>> byEndpoint =
      new ConcurrentHashMap<>();

  RequestMetrics(String prefix, PrometheusRegistry registry) {
    total =
        Counter.builder()
            .name(prefix + "requests_total")
            .help("Requests that have ended, refused ones included.")
            .labelNames("method", "endpoint", "status")
            .withoutExemplars()
            .register(registry);
    success =
        Counter.builder()
            .name(prefix + "requests_success_total")
            .help("Requests that were answered with 2xx.")
            .labelNames("method", "endpoint")
            .withoutExemplars()
            .register(registry);
    failure =
        Counter.builder()
            .name(prefix + "requests_failure_total")
            .help("Requests that were answered with anything but 2xx.")
            .labelNames("method", "endpoint")
            .withoutExemplars()
            .register(registry);
    duration =
        Histograms.sampled(
            prefix + "requests_duration_seconds",
            "Time from the head of a request to the end of its answer.",
            BUCKET_SECONDS,
            registry,
            "method",
            "endpoint");
  }

  /** Both labels must be bounded already. */
  RequestSeries series(String method, String endpoint) {
    ConcurrentMap<String, RequestSeries> byMethod = byEndpoint.get(endpoint);
    if (byMethod == null) {
      byMethod = byEndpoint.computeIfAbsent(endpoint, e -> new ConcurrentHashMap<>());
    }
    RequestSeries series = byMethod.get(method);
    return series == null ? byMethod.computeIfAbsent(method, m -> create(m, endpoint)) : series;
  }

  /** A sum over all series. */
  long sum(ToLongFunction<RequestSeries> number) {
    long sum = 0;
    for (ConcurrentMap<String, RequestSeries> byMethod : byEndpoint.values()) {
      for (RequestSeries series : byMethod.values()) {
        sum += number.applyAsLong(series);
      }
    }
    return sum;
  }

  private RequestSeries create(String method, String endpoint) {
    return new RequestSeries(
        new StatusCounters(status -> total.labelValues(method, endpoint, status)),
        new SampledHistogram(duration.labelValues(method, endpoint), BUCKET_SECONDS),
        success.labelValues(method, endpoint),
        failure.labelValues(method, endpoint));
  }
}
