package ollama.gateway.demo;

/**
 * How fast the demo server speaks.
 *
 * @param wordsPerSecond from 0, which means as fast as possible, to {@link #WORDS_PER_SECOND_MAX}
 */
public record Pace(int wordsPerSecond) {

  /** The fastest pace that is still a pace. */
  public static final int WORDS_PER_SECOND_MAX = 100_000;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /**
   * A pace.
   *
   * @throws IllegalArgumentException when it is out of range
   */
  public Pace {
    if (wordsPerSecond < 0 || wordsPerSecond > WORDS_PER_SECOND_MAX) {
      throw new IllegalArgumentException("not a pace: " + wordsPerSecond + " words per second");
    }
  }

  /** 20 words per second: a model on a good machine, and about as fast as one reads. */
  public static Pace human() {
    return new Pace(20);
  }

  /** As fast as possible. */
  public static Pace unlimited() {
    return new Pace(0);
  }

  /** Whether words aren't waited for. */
  boolean isUnlimited() {
    return wordsPerSecond == 0;
  }

  /** When word {@code index} (from 0) is due; told from the start, so that delays don't add up. */
  long dueNanos(long startNanos, int index) {
    return startNanos + (index + 1) * NANOS_PER_SECOND / wordsPerSecond;
  }
}
