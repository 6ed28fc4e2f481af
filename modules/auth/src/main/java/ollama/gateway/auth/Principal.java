package ollama.gateway.auth;

import java.util.Objects;

/**
 * Whom a key stands for.
 *
 * @param name the name of the key in the settings; safe to log and never the key itself
 * @param admin whether the key is marked as an admin key; ask {@link KeyRing#mayAdminister} for
 *     what follows from that
 */
public record Principal(String name, boolean admin) {

  /** Checks that there is a name. */
  public Principal {
    Objects.requireNonNull(name, "name");
  }
}
