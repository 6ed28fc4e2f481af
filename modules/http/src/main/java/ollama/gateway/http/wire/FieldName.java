package ollama.gateway.http.wire;

import java.nio.charset.StandardCharsets;
import ollama.gateway.http.message.Ascii;

/** A field's name in the form in which it is written, checked once instead of each time. */
public final class FieldName {

  private final String name;
  private final byte[] prefix;

  private FieldName(String name) {
    this.name = name;
    this.prefix = (name + ": ").getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * A name.
   *
   * @throws IllegalArgumentException when it isn't a token (RFC 9110 section 5.6.2)
   */
  public static FieldName of(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (!Ascii.isToken(bytes, 0, bytes.length)) {
      throw new IllegalArgumentException("not a field name: " + name);
    }
    return new FieldName(name);
  }

  /** The name, a colon and a space; not to be changed. */
  byte[] prefix() {
    return prefix;
  }

  /** The name alone. */
  @Override
  public String toString() {
    return name;
  }
}
