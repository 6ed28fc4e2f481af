package ollama.gateway.balancer;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The eligible ones take turns. */
final class RoundRobin {

  private final AtomicInteger turn = new AtomicInteger();

  /** The next eligible one; null if none is. */
  @Nullable Upstream next(List<Upstream> servers, Predicate<? super Upstream> eligible) {
    int count = 0;
    for (Upstream server : servers) {
      if (eligible.test(server)) {
        count++;
      }
    }
    return count == 0 ? null : nth(Math.floorMod(turn.getAndIncrement(), count), servers, eligible);
  }

  /** Falls back to an earlier one when some went down since they were counted. */
  private static @Nullable Upstream nth(
      int n, List<Upstream> servers, Predicate<? super Upstream> eligible) {
    Upstream picked = null;
    int left = n;
    for (Upstream server : servers) {
      if (eligible.test(server)) {
        picked = server;
        if (left-- == 0) {
          break;
        }
      }
    }
    return picked;
  }
}
