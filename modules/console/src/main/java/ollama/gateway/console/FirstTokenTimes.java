package ollama.gateway.console;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long first tokens took since the start: in classes of which each is an eighth wider than the
 * one before, so that a quantile is told to within 13 %. For any number of threads; never blocks.
 */
final class FirstTokenTimes {

  private static final int BITS = 3;
  private static final int STEPS = 1 << BITS;

  /** Up to 2^25 ms, which are 9.3 hours; what is beyond counts as that. */
  private static final int OCTAVES = 22;

  private static final int CLASSES = (OCTAVES + 1) * STEPS;

  private final AtomicLongArray counts = new AtomicLongArray(CLASSES);

  /** Counts one. */
  void add(long nanos) {
    long _ = counts.incrementAndGet(classOf(TimeUnit.NANOSECONDS.toMillis(nanos)));
  }

  /** How many there are in each class by now. */
  long[] counts() {
    long[] now = new long[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
      now[i] = counts.get(i);
    }
    return now;
  }

  /**
   * The time that a part of them took at most, in milliseconds.
   *
   * @param counts how many there are in each class
   * @param part of them, such as 0.5
   * @return -1 if there is none
   */
  static long quantile(long[] counts, double part) {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    if (all == 0) {
      return -1;
    }
    long wanted = Math.max(1, (long) Math.ceil(all * part));
    int i = 0;
    for (long seen = counts[0]; seen < wanted; seen += counts[i]) {
      i++;
    }
    return longestOf(i);
  }

  /** Below 8 ms each is a class of its own; from there on each octave has eight. */
  private static int classOf(long millis) {
    if (millis < STEPS) {
      return (int) Math.max(0, millis);
    }
    int octave = 63 - Long.numberOfLeadingZeros(millis) - BITS;
    int step = (int) (millis >> octave) - STEPS;
    return Math.min(CLASSES - 1, (octave + 1) * STEPS + step);
  }

  private static long longestOf(int i) {
    if (i < STEPS) {
      return i;
    }
    int octave = i / STEPS - 1;
    long first = (long) (STEPS + i % STEPS) << octave;
    return first + (1L << octave) - 1;
  }
}
