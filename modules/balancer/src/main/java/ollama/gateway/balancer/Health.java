package ollama.gateway.balancer;

import java.time.Instant;
import java.util.Objects;

/**
 * What is known of a server at one moment.
 *
 * @param up whether requests are sent to it as a rule
 * @param lastFailure why it was last found to be down; empty if it never was
 * @param since since when it is up or down
 */
public record Health(boolean up, String lastFailure, Instant since) {

  /** Checks that nothing is missing. */
  public Health {
    Objects.requireNonNull(lastFailure, "lastFailure");
    Objects.requireNonNull(since, "since");
  }
}
