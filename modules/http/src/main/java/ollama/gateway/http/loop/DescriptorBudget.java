package ollama.gateway.http.loop;

import java.util.concurrent.atomic.LongAdder;

/**
 * How many file descriptors connections may take, counted before they are needed: a client's
 * connection is promised one for itself and one for its server, so that what was accepted can also
 * be answered. Whoever shares a budget leaves the rest of the process its own descriptors.
 *
 * <p>Safe for any number of threads. Asking first and promising then is no one step, so each
 * acceptor may go beyond the budget by one connection; a reserve outside of it covers that.
 */
public final class DescriptorBudget {

  private final long descriptors;
  private final LongAdder promised = new LongAdder();
  private volatile Runnable reclaim = () -> {};

  /** A budget of so many descriptors. */
  public DescriptorBudget(long descriptors) {
    this.descriptors = descriptors;
  }

  /** A budget that is never used up. */
  public static DescriptorBudget unbounded() {
    return new DescriptorBudget(Long.MAX_VALUE);
  }

  /** Whether so many more can be promised. */
  public boolean has(int count) {
    return promised.sum() <= descriptors - count;
  }

  /** Sets so many aside; they must be given back once. */
  public void promise(int count) {
    promised.add(count);
  }

  /** Gives so many back. */
  public void giveBack(int count) {
    promised.add(-count);
  }

  /** What gives descriptors back that are held for convenience only; must be quick. */
  public void onShortage(Runnable action) {
    reclaim = action;
  }

  /** Has descriptors given back that are held for convenience only, soon. */
  public void reclaim() {
    reclaim.run();
  }
}
