package ollama.gateway.balancer;

import java.util.List;

/** Has servers asked which models they have, and waits for that. */
final class Looks {

  private Looks() {}

  /**
   * Asks all that are up if nobody seems to have a model, until one has it or the time is over. One
   * that was never asked yet is waited for though another has the model, since a request would be
   * sent to either.
   */
  static void look(List<Upstream> servers, String model, long millis) {
    long deadline = System.nanoTime() + millis * 1_000_000;
    if (!seemsMissing(servers, model)) {
      awaitFirst(servers, model, deadline);
      return;
    }
    long[] looks = new long[servers.size()];
    for (int i = 0; i < looks.length; i++) {
      looks[i] = servers.get(i).up() ? servers.get(i).stock().ask() : 0;
    }
    for (int i = 0; i < looks.length && !isKnown(servers, model); i++) {
      boolean _ = servers.get(i).stock().await(looks[i], deadline);
    }
  }

  /** Asks those of them that are up, until they have told or the time is over. */
  static void renew(List<Upstream> changed, long millis) {
    long deadline = System.nanoTime() + millis * 1_000_000;
    long[] looks = new long[changed.size()];
    for (int i = 0; i < looks.length; i++) {
      looks[i] = changed.get(i).up() ? changed.get(i).stock().hurry() : 0;
    }
    for (int i = 0; i < looks.length; i++) {
      boolean _ = changed.get(i).stock().await(looks[i], deadline);
    }
  }

  /** Waits for the first look at each that may be sent this model. */
  private static void awaitFirst(List<Upstream> servers, String model, long deadline) {
    for (Upstream server : servers) {
      if (server.allows(model)) {
        awaitFirst(server, deadline);
      }
    }
  }

  /** Waits for the first look at each that is up. */
  static void awaitFirst(List<Upstream> servers, long millis) {
    long deadline = System.nanoTime() + millis * 1_000_000;
    for (Upstream server : servers) {
      awaitFirst(server, deadline);
    }
  }

  private static void awaitFirst(Upstream server, long deadline) {
    if (!server.stock().wasLookedAt() && server.up()) {
      boolean _ = server.stock().awaitFirst(deadline);
    }
  }

  /** Whether a server has this model, as far as is known. */
  private static boolean isKnown(List<Upstream> servers, String model) {
    for (Upstream server : servers) {
      if (has(server, model)) {
        return true;
      }
    }
    return false;
  }

  /** Whether nobody who told has it, and nobody is up who was asked and doesn't tell. */
  private static boolean seemsMissing(List<Upstream> servers, String model) {
    for (Upstream server : servers) {
      boolean silent = server.up() && server.stock().wasLookedAt();
      if (has(server, model) || (silent && !server.lacks(model))) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is known also to whoever chooses a server. */
  private static boolean has(Upstream server, String model) {
    return server.allows(model) && server.stock().told().has(model);
  }
}
