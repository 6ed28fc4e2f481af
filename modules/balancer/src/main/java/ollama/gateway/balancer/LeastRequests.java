package ollama.gateway.balancer;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The one with the fewest requests in flight; of those that have as few, one that has the model in
 * memory, each in its turn.
 */
final class LeastRequests implements Policy {

  private final RoundRobin turns = new RoundRobin();

  @Override
  public String name() {
    return "least-requests";
  }

  @Override
  public boolean heedsModels() {
    return true;
  }

  @Override
  public @Nullable Upstream pick(
      List<Upstream> servers, Predicate<? super Upstream> eligible, String model) {
    int least = Integer.MAX_VALUE;
    for (Upstream server : servers) {
      if (eligible.test(server)) {
        least = Math.min(least, server.inFlight());
      }
    }
    int bound = least;
    Predicate<Upstream> idlest = s -> s.inFlight() <= bound && eligible.test(s);
    Upstream picked = null;
    if (!model.isEmpty()) {
      picked = turns.next(servers, s -> s.inventory().hasLoaded(model) && idlest.test(s));
    }
    if (picked == null) {
      picked = turns.next(servers, idlest);
    }
    // All that had as few may have got one more since.
    return picked != null ? picked : turns.next(servers, eligible);
  }
}
