package ollama.gateway.config;

/**
 * How much is kept of who used how many tokens. What is older, and beyond the bound the oldest, is
 * forgotten.
 *
 * @param keepDays for how many days it is kept, 1 to 3660; a reload can't change it; default 400
 * @param maxRows how many rows are kept, one for each key, model and day, 1000 to 10000000; each
 *     takes about 200 bytes; a reload can't change it; default 100000
 */
public record UsageConfig(int keepDays, int maxRows) {

  static final Bounds KEEP_DAYS = Bounds.of(1, 3660);
  static final Bounds MAX_ROWS = Bounds.of(1000, 10_000_000);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public UsageConfig {
    KEEP_DAYS.check("keepDays", keepDays);
    MAX_ROWS.check("maxRows", maxRows);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return 100,000 rows of 400 days
   */
  public static UsageConfig defaults() {
    return new UsageConfig(400, 100_000);
  }

  /** What stands in the file, or the default of what doesn't. */
  static UsageConfig read(Block block) {
    UsageConfig defaults = defaults();
    return new UsageConfig(
        block.whole("keepDays", defaults.keepDays(), KEEP_DAYS),
        block.whole("maxRows", defaults.maxRows(), MAX_ROWS));
  }
}
