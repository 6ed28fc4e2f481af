package ollama.gateway.ratelimit;

import java.util.concurrent.ConcurrentHashMap;

/**
 * How many requests of one client run at the same time. Safe for any number of threads, never
 * blocks for long, and remembers only clients of whom requests run.
 *
 * @param <C> who counts as one client
 */
public final class ConcurrencyLimiter<C> {

  private final ConcurrentHashMap<C, Integer> running = new ConcurrentHashMap<>();

  /** One that has seen nobody. */
  public ConcurrencyLimiter() {}

  /**
   * Lets a request in if fewer than so many of its client run; the check and the count are one
   * step.
   *
   * @param client who asks
   * @param max how many may run, at least 1
   * @return whether it is in; {@link #leave} must follow then, once
   */
  public boolean enter(C client, int max) {
    boolean[] entered = new boolean[1];
    Integer _ =
        running.compute(
            client,
            (_, before) -> {
              int count = before == null ? 0 : before;
              entered[0] = count < max;
              return entered[0] ? count + 1 : before;
            });
    return entered[0];
  }

  /**
   * A request that was let in is over.
   *
   * @param client whose it was
   */
  public void leave(C client) {
    Integer _ = running.computeIfPresent(client, (_, count) -> count > 1 ? count - 1 : null);
  }

  /**
   * How many requests of a client run.
   *
   * @param client whose
   */
  public int running(C client) {
    return running.getOrDefault(client, 0);
  }
}
