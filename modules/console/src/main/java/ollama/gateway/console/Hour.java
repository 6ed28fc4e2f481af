package ollama.gateway.console;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import ollama.gateway.ollama.Json;

/**
 * What went on in the last hour, in steps of ten seconds. Requests cost nothing for it, but one
 * count for the first token of a stream; somebody looks at what was counted at each step. For any
 * number of threads.
 */
public final class Hour {

  /** How long a step is. */
  public static final int STEP_SECONDS = 10;

  /** How many steps are kept. */
  static final int STEPS = 3600 / STEP_SECONDS;

  private static final double MEDIAN = 0.5;
  private static final double HIGH = 0.95;

  private final FirstTokenTimes firstTokens = new FirstTokenTimes();
  private final Deque<Step> steps = new ArrayDeque<>(STEPS);
  private long[] countsBefore = firstTokens.counts();
  private Figures before;
  private Instant end;

  private record Step(Figures figures, long medianMillis, long highMillis) {}

  /**
   * An hour of which nothing is over yet.
   *
   * @param figures what was counted by now
   * @param now the time
   */
  public Hour(Figures figures, Instant now) {
    before = figures;
    end = now;
  }

  /** The first token of a stream has come, so long after its request. */
  public void firstToken(long nanos) {
    firstTokens.add(nanos);
  }

  /**
   * A step is over.
   *
   * @param figures what was counted since the start
   * @param now the time
   */
  public synchronized void step(Figures figures, Instant now) {
    long[] counts = firstTokens.counts();
    long[] since = new long[counts.length];
    for (int i = 0; i < since.length; i++) {
      since[i] = counts[i] - countsBefore[i];
    }
    if (steps.size() == STEPS) {
      Step _ = steps.removeFirst();
    }
    steps.addLast(
        new Step(
            figures.since(before),
            FirstTokenTimes.quantile(since, MEDIAN),
            FirstTokenTimes.quantile(since, HIGH)));
    countsBefore = counts;
    before = figures;
    end = now;
  }

  /** As the page reads it: of each step requests, failed, tokens read and written, times. */
  public synchronized String json() {
    StringBuilder rows = new StringBuilder("[");
    for (Iterator<Step> all = steps.iterator(); all.hasNext(); ) {
      Step step = all.next();
      rows.append('[').append(step.figures.requests()).append(',').append(step.figures.failed());
      rows.append(',').append(step.figures.inputTokens());
      rows.append(',').append(step.figures.outputTokens()).append(',');
      appendOrNull(rows, step.medianMillis).append(',');
      appendOrNull(rows, step.highMillis).append(all.hasNext() ? "]," : "]");
    }
    return Json.object()
        .put("bucketSeconds", STEP_SECONDS)
        .put("end", end.toString())
        .putRaw("buckets", rows.append(']').toString())
        .toString();
  }

  private static StringBuilder appendOrNull(StringBuilder rows, long millis) {
    return millis < 0 ? rows.append("null") : rows.append(millis);
  }
}
