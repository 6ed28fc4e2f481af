package ollama.gateway.auth;

import java.util.Objects;
import ollama.gateway.config.ApiKey;

/**
 * Whom a key stands for.
 *
 * @param name the name of the key in the settings; safe to log and never the key itself
 * @param admin whether the key is marked as an admin key; ask {@link KeyRing#mayAdminister} for
 *     what follows from that
 * @param priority the class of its requests, as {@link ApiKey#priority} names it
 */
public record Principal(String name, boolean admin, String priority) {

  /** Checks that there are a name and a class. */
  public Principal {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(priority, "priority");
  }

  /**
   * Somebody whose requests are normal ones.
   *
   * @param name the name of the key in the settings
   * @param admin whether the key is marked as an admin key
   */
  public Principal(String name, boolean admin) {
    this(name, admin, ApiKey.NORMAL);
  }
}
