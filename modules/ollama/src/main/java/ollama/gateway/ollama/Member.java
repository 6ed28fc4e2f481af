package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;

/**
 * A member of a body's object.
 *
 * @param token what its value begins with; {@link JsonReader.Token#NULL} where it isn't there too
 * @param place where the value stands; only where it is there
 * @param raw the value as it is written, if it is short and no object and no list
 * @param text the same of a text, decoded
 * @param isThere whether it is there
 */
record Member(JsonReader.Token token, Span place, String raw, String text, boolean isThere) {

  /** One that isn't there. */
  static final Member NONE = new Member(JsonReader.Token.NULL, new Span(0, 0), "", "", false);

  /** What is longer is no number of anything, and no duration. */
  private static final int LENGTH_MAX = 200;

  /** The value that begins with the last token; the reader stands behind it afterwards. */
  static Member read(JsonReader reader, byte[] body) {
    JsonReader.Token token = reader.token();
    if (reader.isStopped()) {
      return NONE;
    }
    int from = reader.tokenStart();
    int length = reader.tokenEnd() - from;
    boolean isShort = length <= LENGTH_MAX;
    String raw = isShort ? new String(body, from, length, StandardCharsets.UTF_8) : "";
    String text = isShort && token == JsonReader.Token.STRING ? reader.text() : "";
    JsonReader.Token _ = reader.skipValue();
    int to = reader.isStopped() ? from : reader.tokenEnd();
    return new Member(token, new Span(from, to), raw, text, true);
  }

  /** Whether Ollama takes it for not being there. */
  boolean isUnsaid() {
    return token == JsonReader.Token.NULL;
  }

  boolean isNumber() {
    return token == JsonReader.Token.NUMBER;
  }

  boolean isFlag() {
    return token == JsonReader.Token.TRUE || token == JsonReader.Token.FALSE;
  }

  boolean isText() {
    return token == JsonReader.Token.STRING;
  }

  boolean isObject() {
    return token == JsonReader.Token.BEGIN_OBJECT;
  }

  /** What it is, for messages. */
  String kind() {
    return switch (token) {
      case STRING -> "a text";
      case NUMBER -> "a number";
      case TRUE -> "true";
      case FALSE -> "false";
      case BEGIN_OBJECT -> "an object";
      case BEGIN_ARRAY -> "a list";
      default -> "null";
    };
  }
}
