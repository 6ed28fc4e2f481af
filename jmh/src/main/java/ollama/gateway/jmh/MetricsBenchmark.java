package ollama.gateway.jmh;

import java.util.Random;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.RequestSeries;
import org.openjdk.jmh.annotations.Benchmark;

/** What it costs to count a request, of which a few are kept as exemplars. */
public class MetricsBenchmark extends MicroBenchmark {

  private static final int DURATIONS = 4096;

  private final RequestSeries series = new GatewayMetrics("gateway").series("POST", "/api/chat");
  private final long[] nanos = new long[DURATIONS];
  private int turn;

  /** Durations as they come: most are short, and few very long. */
  public MetricsBenchmark() {
    Random random = new Random(1);
    for (int i = 0; i < DURATIONS; i++) {
      nanos[i] = (long) (1e9 * Math.exp(1.5 * random.nextGaussian() - 4));
    }
  }

  /** A request that ended. */
  @Benchmark
  public void record() {
    turn++;
    series.record(200, nanos[turn & DURATIONS - 1], turn);
  }
}
