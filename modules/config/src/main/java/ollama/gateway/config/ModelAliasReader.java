package ollama.gateway.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.ollama.ModelName;

/** Reads {@code models}: names that stand for models. */
final class ModelAliasReader {
  private static final String MODELS = "models";

  private final Values values;
  private final Set<ModelName> names = new HashSet<>();

  /** A model's name, and where it stands. */
  private record Behind(String path, int offset, String model) {}

  ModelAliasReader(Values values) {
    this.values = values;
  }

  Map<String, List<String>> read(Block file) {
    Json json = file.value(MODELS).orElse(new Json.Obj(0, 0, List.of()));
    if (!(json instanceof Json.Obj object)) {
      error(
          MODELS,
          json.start(),
          "expected an object such as {\"gpt-4o\": [\"qwen3:32b\"]}, found " + json.kind());
      return Map.of();
    }
    if (object.members().size() > ModelAliases.ALIASES_MAX) {
      error(
          MODELS,
          json.start(),
          "expected at most "
              + ModelAliases.ALIASES_MAX
              + " names, found "
              + object.members().size());
      return Map.of();
    }
    Map<String, List<Behind>> read = new LinkedHashMap<>();
    for (Json.Member member : object.members()) {
      if (isName(member)) {
        List<Behind> behind = behind(MODELS + "." + member.name(), member.value());
        if (!behind.isEmpty()) {
          read.put(member.name(), behind);
        }
      }
    }
    Map<String, List<String>> models = new LinkedHashMap<>();
    read.forEach((name, behind) -> models.put(name, behind.stream().map(Behind::model).toList()));
    Set<ModelName> standing = ModelAliases.standingForOthers(models);
    read.values().forEach(behind -> behind.forEach(one -> checkIsModel(standing, one)));
    return models;
  }

  private boolean isName(Json.Member member) {
    Optional<ModelName> name = ModelName.of(member.name());
    if (name.isEmpty()) {
      error(
          MODELS,
          member.start(),
          "a name that clients ask for is written as a model's, such as gpt-4o or team/chat:v2");
      return false;
    }
    if (!names.add(name.get())) {
      error(
          MODELS + "." + member.name(),
          member.start(),
          "this name is there twice, whatever its case and with or without :latest: keep one of"
              + " them");
      return false;
    }
    return true;
  }

  private List<Behind> behind(String path, Json json) {
    List<Behind> behind = new ArrayList<>();
    Optional<List<Json>> items = values.list(path, json);
    if (items.isEmpty()) {
      return behind;
    }
    int count = items.get().size();
    if (count == 0 || count > ModelAliases.MODELS_MAX) {
      error(
          path,
          json.start(),
          "expected 1 to " + ModelAliases.MODELS_MAX + " models, found " + count);
      return behind;
    }
    for (int i = 0; i < count; i++) {
      String place = path + "[" + i + "]";
      Json item = items.get().get(i);
      values
          .text(place, item, ModelAliases::check)
          .ifPresent(model -> behind.add(new Behind(place, item.start(), model)));
    }
    return behind;
  }

  private void checkIsModel(Set<ModelName> standing, Behind one) {
    if (standing.contains(ModelAliases.name(one.model()))) {
      error(
          one.path(),
          one.offset(),
          "this name stands for other models itself: write those of them that are meant");
    }
  }

  private void error(String path, int offset, String message) {
    values.problems().error(path, offset, message);
  }
}
