package ollama.gateway.balancer;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which models a server had when it was asked last. Names are in their canonical form.
 *
 * @param installed the models that it could run, as it told last; empty if it never told
 * @param remote those that run at another host, as it told last; empty if it never told
 * @param loaded those that it has in memory, with the length of their context, 0 where that isn't
 *     known; a model that is being loaded isn't there yet
 * @param toldInstalled whether it has told what it could run, when it was asked last
 * @param toldLoaded whether it has told what is loaded, when it was asked last
 */
public record Inventory(
    Optional<Set<String>> installed,
    Optional<Set<String>> remote,
    Map<String, Integer> loaded,
    boolean toldInstalled,
    boolean toldLoaded) {

  /** Nothing is known, so anything may be there. */
  public static final Inventory UNKNOWN =
      new Inventory(Optional.empty(), Optional.empty(), Map.of(), false, false);

  /** Copies what may change. */
  public Inventory {
    installed = installed.map(Set::copyOf);
    remote = remote.map(Set::copyOf);
    loaded = Map.copyOf(loaded);
  }

  /** Whether it is known that the server hasn't this model now. */
  public boolean lacks(String model) {
    return toldInstalled && lackedLast(model);
  }

  /** Whether the server hadn't this model when it told last, which may be long ago. */
  public boolean lackedLast(String model) {
    return installed.filter(names -> !names.contains(model)).isPresent();
  }

  /** Whether the server had this model when it told last. */
  public boolean has(String model) {
    return installed.filter(names -> names.contains(model)).isPresent();
  }

  /** Whether it is known that the model runs at another host. */
  public boolean isRemote(String model) {
    return remote.filter(names -> names.contains(model)).isPresent();
  }

  /** Whether the model is in memory. */
  public boolean hasLoaded(String model) {
    return loaded.containsKey(model);
  }
}
