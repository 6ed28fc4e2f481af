package ollama.gateway.usage;

/**
 * How many tokens a key may use; 0 for any number.
 *
 * @param perMinute in the 60 seconds up to now
 * @param perDay in the day that it is (UTC)
 * @param perMonth in the month that it is (UTC)
 */
public record TokenQuota(long perMinute, long perDay, long perMonth) {

  /** Any number of tokens at any time. */
  public static final TokenQuota NONE = new TokenQuota(0, 0, 0);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is negative
   */
  public TokenQuota {
    if (perMinute < 0 || perDay < 0 || perMonth < 0) {
      throw new IllegalArgumentException(
          "a negative quota: perMinute "
              + perMinute
              + ", perDay "
              + perDay
              + ", perMonth "
              + perMonth);
    }
  }

  /**
   * Whether nothing is limited.
   *
   * @return whether all are 0
   */
  public boolean isNone() {
    return (perMinute | perDay | perMonth) == 0;
  }
}
