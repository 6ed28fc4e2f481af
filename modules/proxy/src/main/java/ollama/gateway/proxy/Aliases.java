package ollama.gateway.proxy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.ollama.ModelName;

/** The names that the settings have for models; a name may stand for a model of the same name. */
final class Aliases {

  /**
   * A model that stands behind a name.
   *
   * @param text its name as the settings have it
   * @param model its canonical name
   */
  record Target(String text, String model) {}

  /** By the canonical name that clients ask for. */
  private final Map<String, List<Target>> targets;

  private final Map<String, List<String>> written;

  /** Those of the setting {@code models}, which holds names only. */
  Aliases(Map<String, List<String>> models) {
    written = models;
    targets = new HashMap<>();
    models.forEach(
        (alias, behind) ->
            targets.put(canonical(alias), behind.stream().map(Aliases::target).toList()));
  }

  /** Whether there are none. */
  boolean isEmpty() {
    return targets.isEmpty();
  }

  /**
   * The models behind a name, of which the first is asked that can be; none if it stands for itself
   * alone.
   *
   * @param model its canonical name
   */
  List<Target> behind(String model) {
    return targets.getOrDefault(model, List.of());
  }

  /** Whether a name only stands for others, so that no model is made, changed or deleted by it. */
  boolean standsForOthers(Optional<ModelName> name) {
    String model = name.map(ModelName::toString).orElse("");
    List<Target> behind = behind(model);
    return !behind.isEmpty() && behind.stream().noneMatch(target -> target.model().equals(model));
  }

  /** All of them as the settings have them. */
  Map<String, List<String>> written() {
    return written;
  }

  private static Target target(String text) {
    return new Target(text, canonical(text));
  }

  /** A name as it is counted and compared. */
  static String canonical(String text) {
    return ModelName.of(text).map(ModelName::toString).orElse(text);
  }
}
