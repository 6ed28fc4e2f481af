package ollama.gateway.balancer;

import java.util.List;
import java.util.function.Predicate;

/** Has servers asked which models they have, and waits for that. */
final class Looks {

  private Looks() {}

  /**
   * Asks all that are up if nobody seems to have a model, until one has it or the time is over. One
   * that was never asked yet is waited for though another has the model, since a request would be
   * sent to either.
   */
  static void look(List<Upstream> servers, String model, long millis) {
    if (!seemsMissing(servers, model)) {
      awaitFirst(servers, model, millis);
      return;
    }
    long deadline = in(millis);
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
    long deadline = in(millis);
    long[] looks = new long[changed.size()];
    for (int i = 0; i < looks.length; i++) {
      looks[i] = changed.get(i).up() ? changed.get(i).stock().hurry() : 0;
    }
    for (int i = 0; i < looks.length; i++) {
      boolean _ = changed.get(i).stock().await(looks[i], deadline);
    }
  }

  /** Waits for the first look at each that may be sent this model. */
  private static void awaitFirst(List<Upstream> servers, String model, long millis) {
    awaitFirst(servers, server -> server.allows(model), millis);
  }

  /** Waits for the first look at each that is up. */
  static void awaitFirst(List<Upstream> servers, long millis) {
    awaitFirst(servers, _ -> true, millis);
  }

  /** Asks the clock only where there is somebody to wait for, which is once in a server's life. */
  private static void awaitFirst(List<Upstream> servers, Predicate<Upstream> matters, long millis) {
    long deadline = 0;
    for (Upstream server : servers) {
      if (!server.stock().wasLookedAt() && server.up() && matters.test(server)) {
        deadline = deadline == 0 ? in(millis) : deadline;
        boolean _ = server.stock().awaitFirst(deadline);
      }
    }
  }

  private static long in(long millis) {
    return System.nanoTime() + millis * 1_000_000;
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
      boolean asked = server.up() && server.stock().wasLookedAt();
      boolean silent = asked && server.allows(model) && !server.inventory().lacks(model);
      if (has(server, model) || silent) {
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
