package ollama.gateway.balancer;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelPattern;

/** The only models for which a server is used. Safe for any number of threads; takes no lock. */
final class AllowList {

  /** Clients can make up any number of names, so only so many are remembered. */
  private static final int REMEMBERED_MAX = 1000;

  private final List<ModelPattern> patterns;

  /** What was found, since each request asks a few times. */
  private final ConcurrentHashMap<String, Boolean> known = new ConcurrentHashMap<>();

  /** A list of patterns; none of them means every model. */
  AllowList(List<ModelPattern> patterns) {
    this.patterns = patterns;
  }

  /** Whether there are models for which the server isn't used. */
  boolean isRestricting() {
    return !patterns.isEmpty();
  }

  /** Whether the server is used for a model, by its canonical name. */
  boolean allows(String model) {
    if (patterns.isEmpty()) {
      return true;
    }
    Boolean before = known.get(model);
    return before == null ? judge(model) : before;
  }

  private boolean judge(String model) {
    boolean allowed =
        ModelName.of(model)
            .filter(name -> patterns.stream().anyMatch(pattern -> pattern.matches(name)))
            .isPresent();
    if (known.size() < REMEMBERED_MAX) {
      known.put(model, allowed);
    }
    return allowed;
  }
}
