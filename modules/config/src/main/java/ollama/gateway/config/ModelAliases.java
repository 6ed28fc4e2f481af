package ollama.gateway.config;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ollama.gateway.ollama.ModelName;

/** What {@code models} may hold: names, each with the models that stand behind it. */
final class ModelAliases {

  /** As many as anybody writes by hand; each is an entry of the lists. */
  static final int ALIASES_MAX = 1_000;

  /** Each of them may cost a request a try. */
  static final int MODELS_MAX = 16;

  private ModelAliases() {}

  /** Returns an unmodifiable copy in the same order, if it keeps the rules. */
  static Map<String, List<String>> checked(Map<String, List<String>> models) {
    if (models.size() > ALIASES_MAX) {
      throw new IllegalArgumentException("models has more than " + ALIASES_MAX + " names");
    }
    Map<String, List<String>> copy = new LinkedHashMap<>();
    Set<ModelName> names = new HashSet<>();
    models.forEach(
        (alias, behind) -> {
          if (!names.add(name(alias))) {
            throw new IllegalArgumentException("models has the name " + alias + " twice");
          }
          copy.put(alias, checkBehind(behind));
        });
    Set<ModelName> standing = standingForOthers(copy);
    copy.forEach(
        (alias, behind) -> {
          for (String model : behind) {
            if (standing.contains(name(model))) {
              throw new IllegalArgumentException(
                  alias + " stands for " + model + ", which stands for others itself");
            }
          }
        });
    return Collections.unmodifiableMap(copy);
  }

  private static List<String> checkBehind(List<String> behind) {
    if (behind.isEmpty() || behind.size() > MODELS_MAX) {
      throw new IllegalArgumentException(
          "a name of models stands for 1 to " + MODELS_MAX + " models, not " + behind.size());
    }
    behind.forEach(ModelAliases::name);
    return List.copyOf(behind);
  }

  /** Returns the text if it is a model's name. */
  static String check(String model) {
    ModelName _ = name(model);
    return model;
  }

  /** What a text means as a model's name. */
  static ModelName name(String text) {
    return ModelName.of(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected a model's name as ollama list shows it, such as qwen3:32b"));
  }

  /**
   * The names that only stand for others. One that stands for itself too is a model: so it says
   * what to ask where that can't be served.
   */
  static Set<ModelName> standingForOthers(Map<String, List<String>> models) {
    Set<ModelName> names = new HashSet<>();
    models.forEach(
        (alias, behind) -> {
          ModelName name = name(alias);
          if (behind.stream().noneMatch(model -> name(model).equals(name))) {
            names.add(name);
          }
        });
    return names;
  }
}
