package ollama.gateway.balancer.dispatch;

import java.util.List;

/** Round robin over the servers that are up and have the model; a request waits for its own. */
public final class InTurn implements Strategy {

  /** Makes one; it has no state. */
  public InTurn() {}

  @Override
  public Choice choose(List<Candidate> candidates, Work work, long turn) {
    List<Estimate> estimates = Soonest.estimates(candidates, work);
    int eligible = 0;
    for (Estimate estimate : estimates) {
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
