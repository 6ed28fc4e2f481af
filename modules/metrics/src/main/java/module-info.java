/** What happened, in numbers, as Prometheus reads them. */
module ollama.gateway.metrics {
  requires io.prometheus.metrics.core;
  requires io.prometheus.metrics.model;
  requires io.prometheus.writer.text;
  requires static org.jspecify;

  exports ollama.gateway.metrics;
}
