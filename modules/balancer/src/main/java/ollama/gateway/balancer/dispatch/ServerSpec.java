package ollama.gateway.balancer.dispatch;

/**
 * A server as the operator describes it.
 *
 * @param name unique
 * @param parallel how many requests for a model run at once; 0 to learn it
 * @param maxLoadedModels how many models fit; 0 if unknown
 * @param weight how much faster it is than its rates say; 1 as a rule, above 0
 */
public record ServerSpec(String name, int parallel, int maxLoadedModels, double weight) {

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
