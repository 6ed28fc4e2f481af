package ollama.gateway.config;

import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * An entry of {@code apiKeys} in the making, as text of the file. Nothing is checked here: whoever
 * writes it has the whole file read before.
 */
public final class ApiKeyText {
  private static final String SHA_256 = "sha256";

  private final StringJoiner members = new StringJoiner(", ", "{", "}");

  private ApiKeyText() {}

  /**
   * What every entry has.
   *
   * @param name whom the key stands for
   * @param sha256 the key's digest
   * @return an entry with these two
   */
  public static ApiKeyText of(String name, String sha256) {
    return empty().put("name", name).put(SHA_256, sha256);
  }

  /**
   * An object to put into an entry.
   *
   * @return one without members yet
   */
  public static ApiKeyText empty() {
    return new ApiKeyText();
  }

  /** Puts a text, in which nothing is a variable. */
  public ApiKeyText put(String name, String value) {
    return raw(name, quote(value));
  }

  /** Puts a number. */
  public ApiKeyText put(String name, long value) {
    return raw(name, Long.toString(value));
  }

  /** Puts true or false. */
  public ApiKeyText put(String name, boolean value) {
    return raw(name, Boolean.toString(value));
  }

  /** Puts a list of texts. */
  public ApiKeyText put(String name, List<String> values) {
    return raw(
        name, values.stream().map(ApiKeyText::quote).collect(Collectors.joining(", ", "[", "]")));
  }

  /** Puts an object, as it is now. */
  public ApiKeyText put(String name, ApiKeyText value) {
    return raw(name, value.toString());
  }

  /** Puts what is JSON already. */
  ApiKeyText raw(String name, String json) {
    members.add('"' + name + "\": " + json);
    return this;
  }

  /** A text of the file that is read as this one. */
  static String quote(String text) {
    return ollama.gateway.ollama.Json.quote(Environment.escape(text));
  }

  /** The object as text, in one line. */
  @Override
  public String toString() {
    return members.toString();
  }
}
