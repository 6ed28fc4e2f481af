package ollama.gateway.balancer.dispatch;

/**
 * What one gateway has at a server for a model, as it tells other gateways. What it only heard of
 * them is no part of it.
 *
 * @param where the server and the model
 * @param pressure its own requests that are there, and those that wait and are expected to go there
 * @param loaded whether the model is in memory there
 * @param loading whether it is being loaded
 * @param slots how many requests for it run there at once; 0 if unknown
 * @param speed how fast the model is there; NaN where nothing was learned
 */
public record Standing(
    Where where,
    Pressure pressure,
    boolean loaded,
    boolean loading,
    int slots,
    Learned.Speed speed) {

  /**
   * A model at a server.
   *
   * @param server its name
   * @param model its canonical name
   */
  public record Where(String server, String model) {}

  /** Slots that no server can have are taken as the nearest number that one can. */
  public Standing {
    slots = Math.clamp(slots, 0, Pressure.MANY);
  }

  /** The same, whatever its claim: that grows all the time while somebody waits. */
  public Standing claimless() {
    return new Standing(where, pressure.claimless(), loaded, loading, slots, speed);
  }
}
