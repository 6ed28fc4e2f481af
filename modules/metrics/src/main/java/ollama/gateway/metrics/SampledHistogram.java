package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One series of a histogram, of which now and then an observation of each bucket is kept with the
 * id of its request, as an exemplar. Which ones is the library's to say; what it is told costs so
 * much more than a plain observation that this is done every two seconds at most.
 */
final class SampledHistogram {

  private static final String REQUEST_ID = "request_id";
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final DistributionDataPoint series;
  private final double[] bounds;

  /** When an observation of a bucket may next have an id. */
  private final AtomicLongArray next;

  SampledHistogram(DistributionDataPoint series, double... bounds) {
    this.series = series;
    this.bounds = bounds;
    next = new AtomicLongArray(bounds.length + 1);
    long now = System.nanoTime();
    for (int i = 0; i < next.length(); i++) {
      next.set(i, now);
    }
  }

  /**
   * Takes one.
   *
   * @param requestId the id of the request that it is of
   */
  void observe(double value, long requestId) {
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    long now = System.nanoTime();
    long from = next.get(bucket);
    if (now - from >= 0 && next.compareAndSet(bucket, from, now + PAUSE_NANOS)) {
      String id = HexFormat.of().toHexDigits(requestId);
      series.observeWithExemplar(value, Labels.of(REQUEST_ID, id));
    } else {
      series.observe(value);
    }
  }
}
