package ollama.gateway.ollama;

import java.util.Locale;
import java.util.Optional;

/** What endpoints are for, in the groups in which keys may use them. */
public enum RouteGroup {
  /** Runs models. */
  INFERENCE,
  /** Tells which models there are. */
  READ,
  /** Makes, fetches, copies and deletes models. */
  MANAGE,
  /** Uses the account at ollama.com that a server is signed in with. */
  ACCOUNT,
  /** Not a place but a kind of model: one that runs at ollama.com, on that account. */
  CLOUD;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As it is written in settings. */
  public String label() {
    return label;
  }

  /** The group that is written so; empty if there is none. */
  public static Optional<RouteGroup> of(String label) {
    for (RouteGroup group : values()) {
      if (group.label.equals(label)) {
        return Optional.of(group);
      }
    }
    return Optional.empty();
  }
}
