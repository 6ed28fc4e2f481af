package ollama.gateway.usage;

/**
 * How much a ledger remembers. A row is what a key used of a model on a day; it takes about 100
 * bytes of memory, and 150 in the file.
 *
 * @param retentionDays for how many days, today among them, there are rows. Of a jump of the clock
 *     only one day is believed until there was use on two days behind it, so that a clock that is
 *     wrong for a while wipes nothing out; after a pause, old days go that much later
 * @param maxRows how many rows there are; beyond it the oldest day goes. Where there is only the
 *     day that it is, what would need another row is in no row, but counts for quotas as ever
 * @param modelsPerKeyAndDay how many rows a key has for a day; the models beyond it count as {@link
 *     UsageRow#OTHER} together
 */
public record Bounds(int retentionDays, int maxRows, int modelsPerKeyAndDay) {

  /** 400 days, 100,000 rows, and 200 models for each key and day. */
  public static final Bounds DEFAULT = new Bounds(400, 100_000, 200);

  /** For who only reads. */
  static final Bounds UNBOUNDED =
      new Bounds(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is below 1
   */
  public Bounds {
    check("retentionDays", retentionDays);
    check("maxRows", maxRows);
    check("modelsPerKeyAndDay", modelsPerKeyAndDay);
  }

  private static void check(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
    }
  }
}
