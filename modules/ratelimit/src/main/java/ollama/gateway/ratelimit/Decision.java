package ollama.gateway.ratelimit;

/**
 * The limiter's answer to one request. Seconds are rounded up, so that a client which waits as long
 * as it was told is never too early.
 *
 * @param allowed whether the request may go on
 * @param limit how many requests a client has per window; 0 if there is no limit
 * @param remaining how many more would be allowed right now, from 0 to {@code limit}
 * @param resetSeconds seconds until {@code remaining} grows next, because the oldest counted
 *     request leaves the window; from 1 to the length of the window, 0 if there is no limit
 * @param retryAfterSeconds the {@code Retry-After} (RFC 9110 section 10.2.3) of a refused request:
 *     after that time one is allowed again, unless others came first; 0 if this one is allowed
 */
public record Decision(
    boolean allowed, int limit, int remaining, int resetSeconds, int retryAfterSeconds) {

  private static final Decision UNLIMITED = new Decision(true, 0, 0, 0, 0);

  /**
   * The answer where no limit is set.
   *
   * @return allowed, and not {@link #limited()}
   */
  public static Decision unlimited() {
    return UNLIMITED;
  }

  /**
   * Whether there is a limit to tell the client about; if not, the response gets no fields.
   *
   * @return whether {@code limit} is above 0
   */
  public boolean limited() {
    return limit > 0;
  }
}
