package ollama.gateway.balancer;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which of several servers takes a request. Safe for any number of threads; takes no lock. */
interface Policy {

  /**
   * Picks a server.
   *
   * @param servers in the order of the settings
   * @param eligible whether one may be picked; asked a few times for each, and may change meanwhile
   * @return one that was eligible a moment ago; null if none is
   */
  @Nullable Upstream pick(List<Upstream> servers, Predicate<? super Upstream> eligible);
}
