package ollama.gateway.balancer;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.config.OllamaServer;

/**
 * Asks a server which models it has. May block; when its thread is interrupted it must return soon,
 * in whatever way: nobody looks at the result any more.
 */
public interface InventorySource {

  /**
   * The models that a server could run.
   *
   * @param names canonical names; empty if it is no server that has a list, so that anything may be
   *     there
   * @param remote those of them that run at another host, on the account of the server's owner
   */
  record Listed(Optional<Set<String>> names, Set<String> remote) {}

  /**
   * The models that it could run.
   *
   * @param timeout for all of it
   * @throws Probe.UnableException if it couldn't be asked at all
   * @throws IOException if it doesn't tell
   */
  Listed installed(OllamaServer server, Duration timeout) throws IOException;

  /**
   * The models that are in its memory.
   *
   * @param timeout for all of it
   * @return canonical names, with the length of the context, 0 where that isn't known
   * @throws Probe.UnableException if it couldn't be asked at all
   * @throws IOException if it doesn't tell
   */
  Map<String, Integer> loaded(OllamaServer server, Duration timeout) throws IOException;

  /**
   * Which version the server is.
   *
   * @param timeout for all of it
   * @return as it writes it; empty if it tells none
   * @throws IOException if it doesn't answer
   */
  default Optional<String> version(OllamaServer server, Duration timeout) throws IOException {
    return Optional.empty();
  }
}
