package ollama.gateway.usage;

/**
 * How much of its quotas a key has used.
 *
 * @param reserved what its requests that run have reserved, of each window
 * @param minute the 60 seconds up to now
 * @param day the day that it is (UTC)
 * @param month the month that it is (UTC)
 */
public record QuotaState(long reserved, Window minute, Window day, Window month) {

  /**
   * One of them.
   *
   * @param used tokens
   * @param limit the quota; 0 if there is none
   * @param resetSeconds when fewer will be used: for a day and a month, until the next one begins;
   *     for a minute whose quota is used up, until a request would be admitted, else until the
   *     oldest use leaves it, 0 if nothing was used
   */
  public record Window(long used, long limit, long resetSeconds) {}
}
