package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.List;

/** Round robin over the servers that are up and have the model; a request waits for its own. */
public final class InTurn implements Strategy {

  /** Makes one; it has no state. */
  public InTurn() {}

  @Override
  public Choice choose(List<Candidate> candidates, Work work, long turn) {
    Peers peers = Peers.of(candidates);
    boolean anywhere = Soonest.nobodyHas(candidates);
    List<Estimate> estimates = new ArrayList<>(candidates.size());
    int eligible = 0;
    for (Candidate c : candidates) {
      Estimate estimate = Soonest.estimate(c, work, peers, anywhere);
      estimates.add(estimate);
      eligible += estimate.eligible() ? 1 : 0;
    }
    if (eligible == 0) {
      return new Choice(Choice.NONE, estimates);
    }
    int left = (int) Long.remainderUnsigned(turn, eligible);
    int i = 0;
    while (!estimates.get(i).eligible() || left-- > 0) {
      i++;
    }
    return new Choice(i, estimates);
  }

  @Override
  public Waits waits() {
    return Waits.FOR_CHOSEN;
  }
}
