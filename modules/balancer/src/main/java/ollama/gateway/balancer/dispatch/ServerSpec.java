package ollama.gateway.balancer.dispatch;

import java.util.function.Predicate;

/**
 * A server as the operator describes it.
 *
 * @param name unique
 * @param parallel how many requests for a model run at once; 0 to learn it
 * @param maxLoadedModels how many models fit; 0 if unknown
 * @param weight how much faster it is than its rates say; 1 as a rule, above 0
 * @param allowed says of a model's canonical name whether it may be used for that; asked with a
 *     lock held, so it must be quick
 * @param ejection what it made of requests
 */
public record ServerSpec(
    String name,
    int parallel,
    int maxLoadedModels,
    double weight,
    Predicate<? super String> allowed,
    Ejection ejection) {

  /** One that hasn't failed. */
  public ServerSpec(
      String name,
      int parallel,
      int maxLoadedModels,
      double weight,
      Predicate<? super String> allowed) {
    this(name, parallel, maxLoadedModels, weight, allowed, new Ejection());
  }

  /** One that may be used for any model. */
  public ServerSpec(String name, int parallel, int maxLoadedModels, double weight) {
    this(name, parallel, maxLoadedModels, weight, model -> true);
  }

  /**
   * A server of which nothing is known.
   *
   * @param name unique
   * @return the same, with everything left to learning
   */
  public static ServerSpec of(String name) {
    return new ServerSpec(name, 0, 0, 1);
  }
}
