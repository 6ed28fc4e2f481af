package ollama.gateway.metrics;

import java.util.Objects;

/**
 * One server at the moment of a scrape.
 *
 * @param server its address, the value of the label {@code server}
 * @param up whether requests are sent to it as a rule
 * @param draining whether it is to get no new ones
 * @param ejected whether it is left out for now, since it failed one request after another
 * @param requests how many are with it or are to be
 * @param loadedModels how many models are in its memory, as far as is known
 * @param slots how many requests it answers at once with these, as far as was learned
 */
public record UpstreamState(
    String server,
    boolean up,
    boolean draining,
    boolean ejected,
    Requests requests,
    int loadedModels,
    int slots) {

  /**
   * A server's requests.
   *
   * @param inFlight how many are with it
   * @param waiting how many stand in the line that are expected to go there
   */
  public record Requests(int inFlight, int waiting) {}

  /** Checks that there is an address. */
  public UpstreamState {
    Objects.requireNonNull(server, "server");
  }

  /** One of which nothing is known but whether it is up. */
  public static UpstreamState of(String server, boolean up, int inFlight) {
    return new UpstreamState(server, up, false, false, new Requests(inFlight, 0), 0, 0);
  }
}
