package ollama.gateway.app;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON that a gateway has answered, for commands to read; what isn't there is empty or 0. */
final class JsonTree {

  private static final JsonTree NOTHING = new JsonTree(null);

  private final @Nullable Object value;

  private JsonTree(@Nullable Object value) {
    this.value = value;
  }

  /**
   * Reads one value.
   *
   * @throws IOException when it is none
   */
  static JsonTree of(String json) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new IOException("nothing was answered");
      }
      return new JsonTree(read(parser, first));
    }
  }

  /** Jackson bounds how deep it goes. */
  private static @Nullable Object read(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> members(parser);
      case START_ARRAY -> list(parser);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_NULL -> null;
      default -> parser.getText();
    };
  }

  private static Map<String, JsonTree> members(JsonParser parser) throws IOException {
    Map<String, JsonTree> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      members.put(name, new JsonTree(read(parser, parser.nextToken())));
    }
    return members;
  }

  private static List<JsonTree> list(JsonParser parser) throws IOException {
    List<JsonTree> items = new ArrayList<>();
    JsonToken next = parser.nextToken();
    while (next != JsonToken.END_ARRAY) {
      items.add(new JsonTree(read(parser, next)));
      next = parser.nextToken();
    }
    return items;
  }

  /** A member of an object. */
  JsonTree get(String name) {
    return value instanceof Map<?, ?> members && members.get(name) instanceof JsonTree member
        ? member
        : NOTHING;
  }

  /** The items of a list. */
  List<JsonTree> items() {
    List<JsonTree> items = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof JsonTree tree) {
          items.add(tree);
        }
      }
    }
    return items;
  }

  /** Whether there is anything. */
  boolean isThere() {
    return value != null;
  }

  String text() {
    return value instanceof String text ? text : "";
  }

  double number() {
    return value instanceof Double number ? number : 0;
  }
}
