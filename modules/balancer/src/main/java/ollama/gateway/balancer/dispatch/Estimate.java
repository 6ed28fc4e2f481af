package ollama.gateway.balancer.dispatch;

/**
 * When a server is expected to send a request's first token.
 *
 * @param server its name
 * @param eligible whether it may be chosen: up, and has the model or nobody has
 * @param waitMillis for what is ahead there
 * @param loadMillis until the model is loaded
 * @param prefillMillis for the part of the prompt that isn't cached there
 */
public record Estimate(
    String server, boolean eligible, double waitMillis, double loadMillis, double prefillMillis) {

  /**
   * The sum that decides.
   *
   * @return in milliseconds
   */
  public double totalMillis() {
    return waitMillis + loadMillis + prefillMillis;
  }

  /** What remains when its turn has come. */
  double startMillis() {
    return loadMillis + prefillMillis;
  }
}
