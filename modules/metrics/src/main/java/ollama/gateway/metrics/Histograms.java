package ollama.gateway.metrics;

import io.prometheus.metrics.config.ExemplarsProperties;
import io.prometheus.metrics.config.PrometheusProperties;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * The gateway's histograms: with the buckets that texts have, and with native ones for scrapers
 * that ask for these.
 */
final class Histograms {

  /** Eight buckets from one power of two to the next: each is 9 % wider than the one before. */
  private static final int NATIVE_SCHEMA = 3;

  /** Where values lie further apart than these reach, buckets become wider. */
  private static final int NATIVE_BUCKETS_MAX = 100;

  /** How often it is looked at most whether another exemplar is to be kept. */
  private static final int SAMPLE_MILLIS = 250;

  private static final PrometheusProperties PROPERTIES =
      PrometheusProperties.builder()
          .exemplarProperties(
              ExemplarsProperties.builder().sampleIntervalMilliseconds(SAMPLE_MILLIS).build())
          .build();

  private Histograms() {}

  /** Whose observations name nobody. */
  static Histogram plain(
      String name, String help, double[] bounds, PrometheusRegistry registry, String... labels) {
    return builder(name, help, bounds, labels).withoutExemplars().register(registry);
  }

  /** For {@link SampledHistogram}. */
  static Histogram sampled(
      String name, String help, double[] bounds, PrometheusRegistry registry, String... labels) {
    return builder(name, help, bounds, labels).withExemplars().register(registry);
  }

  private static Histogram.Builder builder(
      String name, String help, double[] bounds, String... labels) {
    return Histogram.builder(PROPERTIES)
        .name(name)
        .help(help)
        .labelNames(labels)
        .classicUpperBounds(bounds)
        .nativeInitialSchema(NATIVE_SCHEMA)
        .nativeMaxNumberOfBuckets(NATIVE_BUCKETS_MAX);
  }
}
