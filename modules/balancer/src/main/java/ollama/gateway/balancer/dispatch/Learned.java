package ollama.gateway.balancer.dispatch;

/**
 * A model on a server, as the line knows it.
 *
 * @param model its canonical name
 * @param loaded whether it is in memory or being loaded, as far as is known
 * @param slots how many requests for it run there at once; 0 if unknown
 * @param inFlight how many requests for it are there
 * @param speed how fast it is there
 */
public record Learned(String model, boolean loaded, int slots, int inFlight, Speed speed) {

  /**
   * How fast a model is on a server. What hasn't been learned yet is NaN.
   *
   * @param loadMillis how long a load takes
   * @param prefillRate how fast a prompt is read, in tokens a second
   * @param decodeRate how fast an answer is written, in tokens a second
   * @param serviceMillis how long a request has its slot
   */
  public record Speed(
      double loadMillis, double prefillRate, double decodeRate, double serviceMillis) {}
}
