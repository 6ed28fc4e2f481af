package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;

/**
 * The numbers of the requests with one method and endpoint. To be looked up once and kept:
 * recording allocates next to nothing after the first time of a status. Safe for any number of
 * threads.
 */
public final class RequestSeries {
  private static final double NANOS_PER_SECOND = 1e9;

  private final StatusCounters byStatus;
  private final SampledHistogram duration;
  private final CounterDataPoint success;
  private final CounterDataPoint failure;

  RequestSeries(
      StatusCounters byStatus,
      SampledHistogram duration,
      CounterDataPoint success,
      CounterDataPoint failure) {
    this.byStatus = byStatus;
    this.duration = duration;
    this.success = success;
    this.failure = failure;
  }

  long succeeded() {
    return success.getLongValue();
  }

  long failed() {
    return failure.getLongValue();
  }

  /**
   * Counts a request that has ended. Success is 2xx, all else is failure.
   *
   * @param status the status code of the answer; one outside 100 to 999 is counted as {@code other}
   * @param durationNanos from the end of the request's head to the end of the answer
   * @param requestId the request's id, of which few are kept
   */
  public void record(int status, long durationNanos, long requestId) {
    recordEndless(status);
    duration.observe(Math.max(0, durationNanos) / NANOS_PER_SECOND, requestId);
  }

  /** Counts one whose duration says nothing, since it lasts until somebody has enough of it. */
  public void recordEndless(int status) {
    byStatus.count(status);
    (status >= 200 && status <= 299 ? success : failure).inc();
  }
}
