package ollama.gateway.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.ToLongFunction;

/**
 * What models did, by model and endpoint. Histograms have the names and units of OpenTelemetry's
 * semantic conventions for generative AI, behind the namespace; buckets reach further, since a
 * model may have to be loaded first.
 */
final class ModelMetrics {

  static final int MODELS_MAX = 200;

  static final double[] FIRST_TOKEN_SECONDS = {
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300
  };
  private static final double[] PER_TOKEN_SECONDS = {
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1
  };

  final Histogram firstToken;
  final Histogram perToken;
  final Counter tokens;
  final Counter seconds;
  final Counter estimated;
  private final Labels models = new Labels(MODELS_MAX);
  private final ConcurrentMap<String, ConcurrentMap<String, ModelSeries>> byModel =
      new ConcurrentHashMap<>();

  ModelMetrics(String prefix, PrometheusRegistry registry) {
    firstToken =
        Histograms.sampled(
            prefix + "gen_ai_server_time_to_first_token_seconds",
            "Time from the head of a request to the first token of a stream.",
            FIRST_TOKEN_SECONDS,
            registry,
            "model",
            "endpoint");
    perToken =
        Histograms.plain(
            prefix + "gen_ai_server_time_per_output_token_seconds",
            "Time that a token of an answer took, on average over the answer; by the gateway's"
                + " clock where the server doesn't say.",
            PER_TOKEN_SECONDS,
            registry,
            "model",
            "endpoint");
    tokens =
        Counter.builder()
            .name(prefix + "tokens_total")
            .help("Tokens that models have read and written.")
            .labelNames("model", "endpoint", "type")
            .withoutExemplars()
            .register(registry);
    seconds =
        Counter.builder()
            .name(prefix + "model_seconds_total")
            .help("Time that servers say they took for requests.")
            .labelNames("model", "endpoint", "phase")
            .withoutExemplars()
            .register(registry);
    estimated =
        Counter.builder()
            .name(prefix + "usages_estimated_total")
            .help("Requests whose tokens are estimated, since no server said how many there were.")
            .labelNames("model", "endpoint")
            .withoutExemplars()
            .register(registry);
  }

  /** A sum over all series. */
  long sum(ToLongFunction<ModelSeries> number) {
    long sum = 0;
    for (ConcurrentMap<String, ModelSeries> byEndpoint : byModel.values()) {
      for (ModelSeries series : byEndpoint.values()) {
        sum += number.applyAsLong(series);
      }
    }
    return sum;
  }

  /** The endpoint must be bounded already. */
  ModelSeries series(String model, String endpoint) {
    String name = models.of(model);
    ConcurrentMap<String, ModelSeries> byEndpoint = byModel.get(name);
    if (byEndpoint == null) {
      byEndpoint = byModel.computeIfAbsent(name, _ -> new ConcurrentHashMap<>(4));
    }
    ModelSeries known = byEndpoint.get(endpoint);
    return known == null
        ? byEndpoint.computeIfAbsent(endpoint, e -> new ModelSeries(this, name, e))
        : known;
  }
}
