package ollama.gateway.metrics;

import java.util.Objects;

/**
 * One server at the moment of a scrape.
 *
 * @param server its address, the value of the label {@code server}
 * @param up whether requests are sent to it as a rule
 * @param inFlight how many requests are with it
 */
public record UpstreamState(String server, boolean up, int inFlight) {

  /** Checks that there is an address. */
  public UpstreamState {
    Objects.requireNonNull(server, "server");
  }
}
