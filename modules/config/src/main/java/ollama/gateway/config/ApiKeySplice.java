package ollama.gateway.config;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Puts one more entry into the text of a file, in the style of what stands around it. */
final class ApiKeySplice {
  private static final String NAME = "apiKeys";

  private ApiKeySplice() {}

  /**
   * Appends an entry to {@code apiKeys}, which may be missing or {@code null}.
   *
   * @param choose gives the entry, whose name no other may have, for the names that are there
   */
  static String append(
      String fileName, String text, Function<Set<String>, ApiKey> choose, HeapRoom room)
      throws ConfigException {
    Json.Obj root = JsonParsing.parse(fileName, text, room);
    Problems problems = new Problems(fileName, text);
    List<Json.Member> found =
        root.members().stream().filter(m -> m.name().equalsIgnoreCase(NAME)).toList();
    TextEdits edits = new TextEdits();
    if (found.isEmpty()) {
      Splices.append(edits, text, root, NAME, "[" + json(choose.apply(Set.of())) + "]");
      return edits.apply(text);
    }
    if (found.size() > 1) {
      problems.error(NAME, found.get(1).start(), "this is set twice: keep one of them");
    }
    Json value = found.getFirst().value();
    if (!(value instanceof Json.Arr || value instanceof Json.Null)) {
      problems.error(NAME, value.start(), "expected a list, found " + value.kind());
    }
    problems.throwIfAny();
    List<Json> items = value instanceof Json.Arr list ? list.items() : List.of();
    ApiKey key = choose.apply(names(items));
    checkName(problems, items, key.name());
    problems.throwIfAny();
    if (value instanceof Json.Arr list) {
      Splices.append(edits, text, list, json(key));
    } else {
      edits.replace(value.start(), value.end(), "[" + json(key) + "]");
    }
    return edits.apply(text);
  }

  private static String json(ApiKey key) {
    ApiKeyText entry = ApiKeyText.of(key.name(), key.sha256());
    return (key.admin() ? entry.put("admin", true) : entry).toString();
  }

  private static Set<String> names(List<Json> items) {
    Set<String> names = new LinkedHashSet<>();
    Set<String> given = given(items);
    for (int i = 0; i < items.size(); i++) {
      names.add(nameOf(items.get(i), i, given));
    }
    return names;
  }

  /** Those that stand there. */
  private static Set<String> given(List<Json> items) {
    Set<String> given = new HashSet<>();
    for (Json item : items) {
      if (!(item instanceof Json.Text)) {
        given.add(nameOf(item, 0, Set.of()));
      }
    }
    return given;
  }

  /** A name that is there twice would make the file useless at the next start. */
  private static void checkName(Problems problems, List<Json> items, String added) {
    Set<String> given = given(items);
    for (int i = 0; i < items.size(); i++) {
      if (nameOf(items.get(i), i, given).equals(added)) {
        problems.error(
            NAME + "[" + i + "]",
            items.get(i).start(),
            "this entry has the name of the one to add, " + added + ": rename one of them");
      }
    }
  }

  private static String nameOf(Json item, int index, Set<String> given) {
    return switch (item) {
      case Json.Text _ -> ApiKeyReader.automaticName(index, given);
      case Json.Obj object ->
          object.members().stream()
              .filter(m -> m.name().equalsIgnoreCase("name"))
              .map(Json.Member::value)
              .map(v -> v instanceof Json.Text(_, _, String text) ? text : "")
              .findFirst()
              .orElse("");
      default -> "";
    };
  }
}
