package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.List;

/**
 * The server that is expected to send its first token first. The expectation is a sum in
 * milliseconds: what is ahead of the request, what has to be loaded, and the part of its prompt
 * that isn't cached. Sums within 10 % or 20 ms of the least are equal; of those, the ones where
 * nothing has to be loaded go first, and then the ones with most room, which take turns.
 */
public final class Soonest implements Strategy {
  private static final double EQUAL_SHARE = 1.1;
  private static final double EQUAL_MILLIS = 20;

  /** More than any crowd. */
  private static final double LOADS = 1e9;

  /** Less than any crowd, so that of equally full ones that with fewest prompts goes first. */
  private static final double HELD = 1e-12;

  /** Makes one; it has no state. */
  public Soonest() {}

  @Override
  public Choice choose(List<Candidate> candidates, Work work, long turn) {
    List<Estimate> estimates = estimates(candidates, work);
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < candidates.size(); i++) {
      if (estimates.get(i).eligible()) {
        least = Math.min(least, estimates.get(i).totalMillis());
      }
    }
    return new Choice(pick(candidates, estimates, equalUpTo(least), turn), estimates);
  }

  @Override
  public Waits waits() {
    return Waits.FOR_SOONEST;
  }

  /** The greatest sum that counts as no longer than this one. */
  static double equalUpTo(double millis) {
    return Math.max(millis * EQUAL_SHARE, millis + EQUAL_MILLIS);
  }

  /** Whether the model is nowhere, not even at a server that is down. */
  static boolean nobodyHas(List<Candidate> candidates) {
    for (int i = 0; i < candidates.size(); i++) {
      Candidate c = candidates.get(i);
      if (c.holds() == Candidate.Holds.YES || (c.up() && c.holds() == Candidate.Holds.UNKNOWN)) {
        return false;
      }
    }
    return true;
  }

  /** What is expected of each, in their order. */
  static List<Estimate> estimates(List<Candidate> candidates, Work work) {
    Peers peers = Peers.of(candidates);
    boolean anywhere = nobodyHas(candidates);
    List<Estimate> estimates = new ArrayList<>(candidates.size());
    for (int i = 0; i < candidates.size(); i++) {
      estimates.add(estimate(candidates.get(i), work, peers, anywhere));
    }
    return estimates;
  }

  static Estimate estimate(Candidate c, Work work, Peers peers, boolean anywhere) {
    boolean eligible =
        c.up()
            && c.holds() != Candidate.Holds.FORBIDDEN
            && (anywhere || c.holds() != Candidate.Holds.NO);
    return new Estimate(
        c.server(), eligible, wait(c, peers), load(c, peers), prefill(c, work, peers));
  }

  private static double wait(Candidate c, Peers peers) {
    return wait(
        c.queue(), Peers.orElse(c.queue().serviceMillis(), peers.serviceMillis()), c.weight());
  }

  static double wait(Candidate.Queue queue, double serviceMillis, double weight) {
    int slots = Math.max(1, queue.slots());
    int before = Math.max(0, queue.inFlight() - slots + 1);
    return (before * serviceMillis + queue.aheadMillis()) / slots / weight;
  }

  private static double load(Candidate c, Peers peers) {
    Candidate.Loading loading = c.loading();
    return loading.needed()
        ? Peers.orElse(loading.modelMillis(), peers.loadMillis())
            + loading.otherMillis()
            + loading.evictionMillis()
        : loading.otherMillis();
  }

  private static double prefill(Candidate c, Work work, Peers peers) {
    int tokens = Math.max(0, work.prompt().tokens() - c.prefill().cachedTokens());
    double rate = Peers.orElse(c.prefill().tokensPerSecond(), peers.tokensPerSecond());
    return tokens * 1_000.0 / rate / c.weight();
  }

  private static int pick(
      List<Candidate> candidates, List<Estimate> estimates, double most, long turn) {
    double crowd = Double.POSITIVE_INFINITY;
    int equals = 0;
    for (int i = 0; i < estimates.size(); i++) {
      if (isEqual(estimates.get(i), most)) {
        double here = crowd(candidates.get(i));
        equals = here < crowd ? 1 : here > crowd ? equals : equals + 1;
        crowd = Math.min(crowd, here);
      }
    }
    if (equals == 0) {
      return Choice.NONE;
    }
    int left = (int) Long.remainderUnsigned(turn, equals);
    for (int i = 0; ; i++) {
      if (isEqual(estimates.get(i), most) && crowd(candidates.get(i)) <= crowd && left-- == 0) {
        return i;
      }
    }
  }

  private static boolean isEqual(Estimate estimate, double most) {
    return estimate.eligible() && estimate.totalMillis() <= most;
  }

  /** Many who come soon make a load cheap on average; whoever causes it waits for all of it. */
  private static double crowd(Candidate c) {
    double crowd = c.queue().inFlight() / (Math.max(1, c.queue().slots()) * c.weight());
    crowd += c.prefill().heldTokens() * HELD;
    return c.loading().needed() ? LOADS + crowd : crowd;
  }
}
