package ollama.gateway.config;

/**
 * How many tokens a key may use, those of prompts and of answers together. They count when an
 * answer ends: one that has begun goes on to its end, and the next request gets a 429 with the time
 * from which on there are tokens again.
 *
 * @param perMinute in any 60 seconds, 0 (no limit) to 1000000000000; default 0
 * @param perDay from midnight to midnight in UTC, 0 (no limit) to 1000000000000; default 0
 * @param perMonth in a month of the calendar in UTC, 0 (no limit) to 1000000000000; default 0
 */
public record KeyTokensConfig(long perMinute, long perDay, long perMonth) {

  static final Bounds TOKENS = Bounds.orNone(1_000_000_000_000L);

  /** Of a key that may use any number. */
  public static final KeyTokensConfig NONE = new KeyTokensConfig(0, 0, 0);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public KeyTokensConfig {
    TOKENS.check("perMinute", perMinute);
    TOKENS.check("perDay", perDay);
    TOKENS.check("perMonth", perMonth);
  }

  /** Whether there is no limit at all. */
  public boolean isNone() {
    return perMinute == 0 && perDay == 0 && perMonth == 0;
  }

  /** What stands in a key's entry, or the default of what doesn't. */
  static KeyTokensConfig read(Block key) {
    if (key.value(Section.KEY_TOKENS.path()).isEmpty()) {
      return NONE;
    }
    Block block = key.block(Section.KEY_TOKENS);
    return new KeyTokensConfig(
        block.wholeLong("perMinute", 0, TOKENS),
        block.wholeLong("perDay", 0, TOKENS),
        block.wholeLong("perMonth", 0, TOKENS));
  }
}
