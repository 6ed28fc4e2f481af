package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.InstantSource;

/**
 * Which settings are in use, and since when; those of the start count as loaded when it is made.
 */
final class ReloadMetrics {

  private final InstantSource clock;
  private final ReasonCounter reloads;
  private final GaugeDataPoint lastSuccess;
  private final GaugeDataPoint lastSuccessful;

  ReloadMetrics(String prefix, InstantSource clock, PrometheusRegistry registry) {
    this.clock = clock;
    reloads =
        new ReasonCounter(
            prefix + "config_reloads_total", "result", "Reloads of the settings.", registry);
    reloads.show("success");
    reloads.show("failure");
    lastSuccess =
        Gauge.builder()
            .name(prefix + "config_last_reload_success_timestamp_seconds")
            .help("When the settings in use were loaded.")
            .withoutExemplars()
            .register(registry);
    lastSuccessful =
        Gauge.builder()
            .name(prefix + "config_last_reload_successful")
            .help("Whether the settings in use are those that were read last.")
            .withoutExemplars()
            .register(registry);
    setLast();
  }

  void reloaded(boolean success) {
    reloads.count(success ? "success" : "failure");
    if (success) {
      setLast();
    } else {
      lastSuccessful.set(0);
    }
  }

  private void setLast() {
    lastSuccess.set(clock.millis() / 1e3);
    lastSuccessful.set(1);
  }
}
