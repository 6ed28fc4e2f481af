package ollama.gateway.config;

import java.util.ArrayList;
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
    List<String> names = names(items);
    ApiKey key = choose.apply(new LinkedHashSet<>(names));
    int same = names.indexOf(key.name());
    if (same >= 0) {
      // A name that is there twice would make the file useless at the next start.
      problems.error(
          NAME + "[" + same + "]",
          items.get(same).start(),
          "this entry has the name of the one to add, " + key.name() + ": rename one of them");
    }
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

  /** Of each entry; those of keys that stand there themselves once all that are given are known. */
  private static List<String> names(List<Json> items) {
    List<String> names = new ArrayList<>();
    Set<String> given = new HashSet<>();
    List<Integer> plain = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      // Asked for once: the list may parse it anew.
      Json item = items.get(i);
      String name = given(item);
      names.add(name);
      if (item instanceof Json.Text) {
        plain.add(i);
      } else {
        given.add(name);
      }
    }
    plain.forEach(i -> names.set(i, ApiKeyReader.automaticName(i, given)));
    return names;
  }

  /** The name that stands there; empty if there is none. */
  private static String given(Json item) {
    return item instanceof Json.Obj object
        ? object.members().stream()
            .filter(m -> m.name().equalsIgnoreCase("name"))
            .map(Json.Member::value)
            .map(v -> v instanceof Json.Text(_, _, String text) ? text : "")
            .findFirst()
            .orElse("")
        : "";
  }
}
