package ollama.gateway.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.TreeMap;

/** The members and types of a JSON text, without its values and their order. */
final class Shape {

  private static final JsonFactory FACTORY = new JsonFactory();

  private Shape() {}

  /** The shape of a text that is one JSON value and nothing else. */
  static String of(String json) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      String shape = value(parser);
      if (parser.nextToken() != null) {
        throw new IOException("more than one value: " + json);
      }
      return shape;
    }
  }

  /** The value of a top-level string or number. */
  static String member(String json, String name) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals(name);
        parser.nextToken();
        if (wanted) {
          return parser.getText();
        }
        parser.skipChildren();
      }
    }
    throw new IOException("no " + name + " in " + json);
  }

  private static String value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> "text";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number";
      default -> parser.getText();
    };
  }

  private static String object(JsonParser parser) throws IOException {
    TreeMap<String, String> members = new TreeMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (members.put(name, value(parser)) != null) {
        throw new IOException("two members " + name);
      }
    }
    return members.toString();
  }

  /** Elements are alike, so the first stands for all. */
  private static String array(JsonParser parser) throws IOException {
    String first = "";
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String element = value(parser);
      first = first.isEmpty() ? element : first;
    }
    return "[" + first + "]";
  }
}
