package ollama.gateway.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What is counted of each server; of a thousand, and the rest together. */
public final class UpstreamMetrics {

  private static final int SERVERS_MAX = 1_000;

  private final Labels servers = new Labels(SERVERS_MAX);
  private final Counter retries;
  private final Counter ejections;
  private final Counter checks;

  UpstreamMetrics(String prefix, PrometheusRegistry registry) {
    retries =
        counter(
            prefix + "upstream_retries_total",
            "Attempts on the server after another attempt of the same request had failed.",
            registry,
            "server");
    ejections =
        counter(
            prefix + "upstream_ejections_total",
            "Times that the server was left out because it failed one request after another.",
            registry,
            "server");
    checks =
        counter(
            prefix + "upstream_checks_total",
            "Health checks of the server.",
            registry,
            "server",
            "result");
  }

  private static Counter counter(
      String name, String help, PrometheusRegistry registry, String... labels) {
    return Counter.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .withoutExemplars()
        .register(registry);
  }

  /** A server is tried after another attempt had failed. */
  public void retried(String server) {
    retries.labelValues(servers.of(server)).inc();
  }

  /** A server is left out for now. */
  public void ejected(String server) {
    ejections.labelValues(servers.of(server)).inc();
  }

  /** A server was checked. */
  public void checked(String server, boolean isWell) {
    checks.labelValues(servers.of(server), isWell ? "success" : "failure").inc();
  }
}
