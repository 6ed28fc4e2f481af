package ollama.gateway.demo;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.List;

/** A JSON object in the making; members stand in the order in which they are put. */
final class Json {

  private final StringBuilder out = new StringBuilder("{");

  private Json() {}

  /** An object without members yet. */
  static Json object() {
    return new Json();
  }

  /** A string literal, RFC 8259 section 7. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, quoted);
    return quoted.append('"').toString();
  }

  Json put(String name, String value) {
    name(name).append('"');
    JsonStringEncoder.getInstance().quoteAsString(value, out);
    out.append('"');
    return this;
  }

  Json put(String name, long value) {
    name(name).append(value);
    return this;
  }

  Json put(String name, boolean value) {
    name(name).append(value);
    return this;
  }

  Json put(String name, Json value) {
    name(name).append(value.out).append('}');
    return this;
  }

  Json put(String name, List<Json> values) {
    return putRaw(name, String.join(",", values.stream().map(Json::toString).toList()), '[', ']');
  }

  Json putNull(String... names) {
    for (String name : names) {
      name(name).append("null");
    }
    return this;
  }

  /** Puts text that is JSON already. */
  Json putRaw(String name, String json) {
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
}
