package ollama.gateway.shared;

import java.util.Optional;
import java.util.ServiceLoader;
import ollama.gateway.config.SharedConfig;

/**
 * Makes what several gateways have in common. A service, since a client for a store is a part of
 * the image that few need: there is none in the plain one.
 */
public interface SharedStates {

  /** Who does it; empty in an image that has nobody for it. */
  static Optional<SharedStates> service() {
    return ServiceLoader.load(SharedStates.class).findFirst();
  }

  /**
   * Begins to connect, without waiting for it.
   *
   * @param config where the store is
   * @param replica a name that no other gateway has, of letters and digits
   */
  SharedState open(SharedConfig config, String replica);
}
