package ollama.gateway.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Puts one more entry into the text of a file, in the style of what stands around it. */
final class ApiKeySplice {
  private static final String NAME = "apiKeys";
  private static final String INDENT = "  ";

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
    if (found.isEmpty()) {
      return intoObject(text, root, json(choose.apply(Set.of())));
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
    String entry = json(key);
    return value instanceof Json.Arr list
        ? intoList(text, list, entry)
        : text.substring(0, value.start()) + "[" + entry + "]" + text.substring(value.end());
  }

  private static String json(ApiKey key) {
    return "{\"name\": "
        + json(Environment.escape(key.name()))
        + ", \"sha256\": "
        + json(key.sha256())
        + (key.admin() ? ", \"admin\": true}" : "}");
  }

  /** A text of printable characters, as names and digests are. */
  private static String json(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static Set<String> names(List<Json> items) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < items.size(); i++) {
      names.add(nameOf(items.get(i), i));
    }
    return names;
  }

  /** A name that is there twice would make the file useless at the next start. */
  private static void checkName(Problems problems, List<Json> items, String added) {
    for (int i = 0; i < items.size(); i++) {
      if (nameOf(items.get(i), i).equals(added)) {
        problems.error(
            NAME + "[" + i + "]",
            items.get(i).start(),
            "this entry has the name of the one to add, " + added + ": rename one of them");
      }
    }
  }

  private static String nameOf(Json item, int index) {
    return switch (item) {
      case Json.Text _ -> ApiKeyReader.positionalName(index);
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

  private static String intoList(String text, Json.Arr list, String entry) {
    if (list.items().isEmpty()) {
      return insert(text, list.start() + 1, firstSeparator(text, list.start(), list.end()) + entry);
    }
    Json last = list.items().getLast();
    String before = whiteSpaceBefore(text, last.start());
    boolean single = list.items().size() == 1;
    String separator = before.isEmpty() && single ? " " : before;
    return insert(text, last.end(), "," + separator + entry);
  }

  private static String intoObject(String text, Json.Obj root, String entry) {
    String member = "\"" + NAME + "\": [" + entry + "]";
    if (root.members().isEmpty()) {
      return insert(
          text, root.start() + 1, firstSeparator(text, root.start(), root.end()) + member);
    }
    Json.Member last = root.members().getLast();
    String before = whiteSpaceBefore(text, last.start());
    return insert(text, last.value().end(), "," + (before.isEmpty() ? " " : before) + member);
  }

  /** Between empty brackets that stand on two lines, a line with one indent more; else nothing. */
  private static String firstSeparator(String text, int start, int end) {
    String inside = text.substring(start + 1, end - 1);
    int lineEnd = inside.lastIndexOf('\n');
    if (lineEnd < 0) {
      return "";
    }
    String newLine = inside.startsWith("\r\n", lineEnd - 1) ? "\r\n" : "\n";
    String indent = inside.substring(lineEnd + 1);
    return newLine + indent + (indent.startsWith("\t") ? "\t" : INDENT);
  }

  private static String whiteSpaceBefore(String text, int offset) {
    int start = offset;
    while (start > 0 && isWhiteSpace(text.charAt(start - 1))) {
      start--;
    }
    return text.substring(start, offset);
  }

  private static boolean isWhiteSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static String insert(String text, int offset, String inserted) {
    return text.substring(0, offset) + inserted + text.substring(offset);
  }
}
