import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** JSON as people write it: short lists on one line. */
final class JsonText {
  private JsonText() {}

  /** Maps, lists, texts; anything else as it prints. {@link Raw} is JSON already. */
  static String of(Object value) {
    return of(value, "\n");
  }

  /** What is JSON already. */
  record Raw(String json) {}

  private static String of(Object value, String newLine) {
    String inner = newLine + "  ";
    return switch (value) {
      case Raw raw -> raw.json();
      case Map<?, ?> map when map.isEmpty() -> "{}";
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(e -> inner + quoted((String) e.getKey()) + ": " + of(e.getValue(), inner))
              .collect(Collectors.joining(",", "{", newLine + "}"));
      case List<?> list when list.stream().anyMatch(Map.class::isInstance) ->
          list.stream()
              .map(item -> inner + of(item, inner))
              .collect(Collectors.joining(",", "[", newLine + "]"));
      case List<?> list ->
          list.stream().map(item -> of(item, inner)).collect(Collectors.joining(", ", "[", "]"));
      case String text -> quoted(text);
      default -> value.toString();
    };
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }
}
