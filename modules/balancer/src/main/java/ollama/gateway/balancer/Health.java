package ollama.gateway.balancer;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a server at one moment.
 *
 * @param outage in which way it is down; empty while it is up
 * @param lastFailure why it was last found to be down, or failed a request last; empty if neither
 *     was ever so
 * @param since since when it is up or down
 */
public record Health(Optional<Outage> outage, String lastFailure, Instant since) {

  /** Checks that nothing is missing. */
  public Health {
    Objects.requireNonNull(outage, "outage");
    Objects.requireNonNull(lastFailure, "lastFailure");
    Objects.requireNonNull(since, "since");
  }

  /** Whether requests are sent to it as a rule. */
  public boolean up() {
    return outage.isEmpty();
  }
}
