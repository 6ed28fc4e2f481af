package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** How it goes with what gateways have in common. */
public final class SharedMetrics {

  private static final double NANOS_PER_SECOND = 1e9;

  private final Gauge up;
  private final DistributionDataPoint answers;
  private final CounterDataPoint commands;
  private final CounterDataPoint decidedHere;
  private final CounterDataPoint refused;
  private final CounterDataPoint unreadable;

  SharedMetrics(String prefix, PrometheusRegistry registry) {
    up =
        Gauge.builder()
            .name(prefix + "shared_up")
            .help(
                "Whether the store of what gateways share answers: 1, or 0; 0 also where nothing is"
                    + " shared.")
            .withoutExemplars()
            .register(registry);
    answers =
        Histogram.builder()
            .name(prefix + "shared_answer_seconds")
            .help("How long the store took to answer all that it was asked at once.")
            .classicUpperBounds(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1)
            .classicOnly()
            .withoutExemplars()
            .register(registry);
    commands =
        Counter.builder()
            .name(prefix + "shared_commands_total")
            .help("What the store was asked.")
            .withoutExemplars()
            .register(registry);
    refused =
        Counter.builder()
            .name(prefix + "shared_refused_total")
            .help("What the store refused by itself, since something else stands under its name.")
            .withoutExemplars()
            .register(registry);
    unreadable =
        Counter.builder()
            .name(prefix + "shared_unreadable_total")
            .help(
                "Rows of usage in the store that aren't as gateways write them, each time that they"
                    + " were read and left out.")
            .withoutExemplars()
            .register(registry);
    decidedHere =
        Counter.builder()
            .name(prefix + "shared_decided_here_total")
            .help(
                "Requests whose limits this gateway alone decided on, since the store didn't answer"
                    + " in time.")
            .withoutExemplars()
            .register(registry);
  }

  /** It answers, or doesn't any more. */
  public void up(boolean isUp) {
    up.set(isUp ? 1 : 0);
  }

  /** It has answered so many commands at once. */
  public void answered(long nanos, int count) {
    answers.observe(nanos / NANOS_PER_SECOND);
    commands.inc(count);
  }

  /** It has refused one command. */
  public void refused() {
    refused.inc();
  }

  /** So many rows in it aren't as gateways write them. */
  public void unreadable(int rows) {
    unreadable.inc(rows);
  }

  /** It wasn't asked, or didn't answer. */
  public void decidedHere() {
    decidedHere.inc();
  }
}
