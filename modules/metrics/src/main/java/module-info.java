/** What happened, in numbers, as Prometheus reads them. */
module ollama.gateway.metrics {
  requires io.prometheus.metrics.config;
  requires io.prometheus.metrics.core;
  // Looked for by the writer of text when protobuf is asked for.
  requires io.prometheus.metrics.expositionformats;
  requires io.prometheus.metrics.model;
  requires io.prometheus.writer.text;
  requires static org.jspecify;

  exports ollama.gateway.metrics;
}
