package ollama.gateway.usage;

/**
 * What a key has used in the day and the month that it is (UTC), as one ledger knows.
 *
 * @param day days since 1970
 * @param inDay tokens
 * @param month months since January of the year 0
 * @param inMonth tokens
 */
public record PeriodTotals(int day, long inDay, int month, long inMonth) {
  /** Nothing, at no time. */
  public static final PeriodTotals NONE = new PeriodTotals(0, 0, 0, 0);
}
