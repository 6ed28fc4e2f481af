package ollama.gateway.shared;

import ollama.gateway.usage.PeriodTotals;

/** What a request has asked for, and maybe got. Safe from any thread; never blocks. */
public interface Permit {

  /**
   * What the limits say by now.
   *
   * @return {@link Verdict#PENDING} until they have said anything
   */
  Verdict verdict();

  /**
   * The store hasn't decided, and won't be waited for: the request goes on as this gateway alone
   * has decided. What it uses is counted in the store once that is back. To be called at most once,
   * and {@link #settle} after it.
   */
  void admitHere();

  /**
   * Nobody waits for the verdict any more: what the store has reserved, or reserves after all, is
   * given back. Does nothing after {@link #admitHere}.
   */
  void abandon();

  /**
   * The request is over, however it ended: what it reserved is given back, and what it used told.
   * Does nothing when it was refused, and when called again; where there is no verdict, it is as
   * {@link #abandon}.
   *
   * @param usedHere what this gateway alone has counted for its key, with this request
   * @param tokens what this request used
   */
  void settle(PeriodTotals usedHere, long tokens);
}
