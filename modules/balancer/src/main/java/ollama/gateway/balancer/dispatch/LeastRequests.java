package ollama.gateway.balancer.dispatch;

import java.util.List;

/**
 * The server with the fewest requests in flight for the model, by its slots and its weight; of
 * equal ones one that has it loaded, and these take turns. Who has to wait takes the first that has
 * room.
 */
public final class LeastRequests implements Strategy {

  /** Makes one; it has no state. */
  public LeastRequests() {}

  @Override
  public Choice choose(List<Candidate> candidates, Work work, long turn) {
    List<Estimate> estimates = Soonest.estimates(candidates, work);
    int chosen = Choice.NONE;
    double least = Double.POSITIVE_INFINITY;
    int first = (int) Long.remainderUnsigned(turn, Math.max(1, candidates.size()));
    for (int n = 0; n < candidates.size(); n++) {
      int i = (first + n) % candidates.size();
      Candidate.Queue queue = candidates.get(i).queue();
      double load = queue.inFlight() / (Math.max(1, queue.slots()) * candidates.get(i).weight());
      boolean isWarmer =
          chosen != Choice.NONE
              && load == least
              && !candidates.get(i).loading().needed()
              && candidates.get(chosen).loading().needed();
      if (estimates.get(i).eligible() && (load < least || isWarmer)) {
        least = load;
        chosen = i;
      }
    }
    return new Choice(chosen, estimates);
  }

  @Override
  public Waits waits() {
    return Waits.FOR_ANY;
  }
}
