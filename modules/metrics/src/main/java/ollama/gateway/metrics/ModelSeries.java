package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;

/** The numbers of one model at one endpoint. Safe for any number of threads. */
public final class ModelSeries {

  private static final double NANOS_PER_SECOND = 1e9;

  private final SampledHistogram firstToken;
  private final DistributionDataPoint perToken;
  private final CounterDataPoint input;
  private final CounterDataPoint cached;
  private final CounterDataPoint output;
  private final CounterDataPoint load;
  private final CounterDataPoint prompt;
  private final CounterDataPoint generation;
  private final CounterDataPoint estimated;

  ModelSeries(ModelMetrics metrics, String model, String endpoint) {
    firstToken =
        new SampledHistogram(
            metrics.firstToken.labelValues(model, endpoint), ModelMetrics.FIRST_TOKEN_SECONDS);
    perToken = metrics.perToken.labelValues(model, endpoint);
    input = metrics.tokens.labelValues(model, endpoint, "input");
    cached = metrics.tokens.labelValues(model, endpoint, "cached");
    output = metrics.tokens.labelValues(model, endpoint, "output");
    load = metrics.seconds.labelValues(model, endpoint, "load");
    prompt = metrics.seconds.labelValues(model, endpoint, "prompt");
    generation = metrics.seconds.labelValues(model, endpoint, "generation");
    estimated = metrics.estimated.labelValues(model, endpoint);
  }

  long input() {
    return input.getLongValue();
  }

  long cached() {
    return cached.getLongValue();
  }

  long output() {
    return output.getLongValue();
  }

  /**
   * Counts what it did for a request.
   *
   * @param requestId the request's id, of which few are kept
   */
  public void record(ModelWork work, long requestId) {
    ModelWork.Tokens tokens = work.tokens();
    input.inc(tokens.input());
    cached.inc(tokens.cached());
    output.inc(tokens.output());
    if (tokens.estimated()) {
      estimated.inc();
    }
    ModelWork.Times times = work.times();
    if (times.firstToken() >= 0) {
      firstToken.observe(times.firstToken() / NANOS_PER_SECOND, requestId);
    }
    if (!tokens.estimated()) {
      recordPerToken(times, tokens.output());
    }
    load.inc(Math.max(0, times.load()) / NANOS_PER_SECOND);
    prompt.inc(Math.max(0, times.prompt()) / NANOS_PER_SECOND);
    generation.inc(Math.max(0, times.generation()) / NANOS_PER_SECOND);
  }

  private void recordPerToken(ModelWork.Times times, long tokens) {
    // Only native answers say how long they took.
    boolean isSaid = times.generation() >= 0;
    long nanos = isSaid ? times.generation() : times.stream();
    // By the gateway's clock it is the time behind the first token, which isn't that one's.
    long count = isSaid ? tokens : tokens - 1;
    if (nanos >= 0 && count > 0) {
      perToken.observe(nanos / NANOS_PER_SECOND / count);
    }
  }
}
