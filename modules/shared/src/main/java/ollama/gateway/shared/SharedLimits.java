package ollama.gateway.shared;

/** Limits that several gateways keep together. Safe from any thread; nothing blocks. */
public interface SharedLimits {

  /**
   * Asks all that one request has to ask, in one round trip at most.
   *
   * @param demand what it wants
   * @param onDone called once, when there is a verdict: by this thread where that is at once, else
   *     by another; must neither block nor throw
   * @return to be settled when the request is over
   */
  Permit ask(Demand demand, Runnable onDone);

  /**
   * How long a request may wait for the verdict.
   *
   * @return in nanoseconds, above 0
   */
  long patienceNanos();

  /**
   * How it is with the store just now.
   *
   * @return whether it answers, and how many gateways share it
   */
  Condition condition();

  /**
   * How it is with the store.
   *
   * @param up whether it answers
   * @param replicas how many gateways share it, this one too, as far as was heard last; 1 at first
   * @param backlog how much waits for it
   */
  record Condition(boolean up, int replicas, int backlog) {}

  /**
   * Whether a client was shut out by another gateway, for what it has tried too often.
   *
   * @param who as in {@link Demand.Rate}
   * @return seconds until it may try again, at least 1; 0 if it may
   */
  int shutOutSeconds(String who);
}
