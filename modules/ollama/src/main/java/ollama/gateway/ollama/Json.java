package ollama.gateway.ollama;

import java.util.List;

/** A JSON object in the making; members stand in the order in which they are put. */
public final class Json {

  private final StringBuilder out = new StringBuilder("{");

  private Json() {}

  /** An object without members yet. */
  public static Json object() {
    return new Json();
  }

  /** A string literal (RFC 8259 section 7). */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2);
    quote(text, quoted);
    return quoted.toString();
  }

  /** Puts a text. */
  public Json put(String name, String value) {
    quote(value, name(name));
    return this;
  }

  /** Puts a number. */
  public Json put(String name, long value) {
    name(name).append(value);
    return this;
  }

  /** Puts true or false. */
  public Json put(String name, boolean value) {
    name(name).append(value);
    return this;
  }

  /** Puts an object, as it is now. */
  public Json put(String name, Json value) {
    name(name).append(value.out).append('}');
    return this;
  }

  /** Puts an array of objects, as they are now. */
  public Json put(String name, List<Json> values) {
    return putRaw(name, String.join(",", values.stream().map(Json::toString).toList()), '[', ']');
  }

  /** Puts null under each name. */
  public Json putNull(String... names) {
    for (String name : names) {
      name(name).append("null");
    }
    return this;
  }

  /** Puts text that is JSON already. */
  public Json putRaw(String name, String json) {
    name(name).append(json);
    return this;
  }

  /** The object as text, in one line. */
  @Override
  public String toString() {
    return out + "}";
  }

  private Json putRaw(String name, String json, char before, char after) {
    name(name).append(before).append(json).append(after);
    return this;
  }

  private StringBuilder name(String name) {
    if (out.length() > 1) {
      out.append(',');
    }
    return out.append('"').append(name).append("\":");
  }

  private static void quote(String text, StringBuilder to) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (c < ' ' || Character.isSurrogate(c)) {
            to.append(String.format("\\u%04x", (int) c));
          } else {
            to.append(c);
          }
        }
      }
    }
    to.append('"');
  }
}
