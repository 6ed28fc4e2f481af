package ollama.gateway.balancer;

import java.util.List;
import java.util.function.Predicate;
import ollama.gateway.config.LoadBalancerConfig;
import org.jspecify.annotations.Nullable;

/** Which of several servers takes a request. Safe for any number of threads; takes no lock. */
interface Policy {

  /** The one that {@link LoadBalancerConfig#policy} names. */
  static Policy named(String name) {
    return name.equals(LoadBalancerConfig.ROUND_ROBIN) ? new RoundRobin() : new LeastRequests();
  }

  /** What {@link LoadBalancerConfig#policy} calls it. */
  String name();

  /** Whether it is to be known which models a server has. */
  boolean heedsModels();

  /**
   * Picks a server.
   *
   * @param servers in the order of the settings
   * @param eligible whether one may be picked; asked a few times for each, and may change meanwhile
   * @param model the request's, in canonical form; empty for none in particular
   * @return one that was eligible a moment ago; null if none is
   */
  @Nullable Upstream pick(
      List<Upstream> servers, Predicate<? super Upstream> eligible, String model);
}
