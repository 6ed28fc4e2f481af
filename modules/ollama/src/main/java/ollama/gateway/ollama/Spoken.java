package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a server says in a short object: a line of a progress, an error, its version. Of anything
 * else there is nothing.
 *
 * @param isObject whether it is one
 * @param status {@code status}, which is {@link #SUCCESS} where all is done
 * @param error {@code error}
 * @param version {@code version}
 */
public record Spoken(
    boolean isObject, Optional<String> status, Optional<String> error, Optional<String> version) {

  /** The last status of what went well. */
  public static final String SUCCESS = "success";

  private static final Spoken NOTHING =
      new Spoken(false, Optional.empty(), Optional.empty(), Optional.empty());

  /** Reads an object. */
  public static Spoken of(byte[] json) {
    JsonReader reader = new JsonReader(json, 0, json.length, false);
    Optional<String> status = Optional.empty();
    Optional<String> error = Optional.empty();
    Optional<String> version = Optional.empty();
    if (reader.next() != JsonReader.Token.BEGIN_OBJECT) {
      return NOTHING;
    }
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.is("status")) {
        status = text(reader);
      } else if (reader.is("error")) {
        error = text(reader);
      } else if (reader.is("version")) {
        version = text(reader);
      } else {
        reader.skipValue();
      }
    }
    boolean isWhole = reader.token() == JsonReader.Token.END_OBJECT;
    return isWhole ? new Spoken(true, status, error, version) : NOTHING;
  }

  /** Whether this says that all is done. */
  public boolean isSuccess() {
    return status.filter(SUCCESS::equals).isPresent();
  }

  /** The same object with one more member at its end. */
  public static byte[] with(byte[] object, String member, String value) {
    String text = new String(object, StandardCharsets.UTF_8).strip();
    String before = text.substring(0, text.length() - 1).strip();
    String comma = before.endsWith("{") ? "" : ",";
    String more = comma + Json.quote(member) + ":" + Json.quote(value) + "}";
    return (before + more).getBytes(StandardCharsets.UTF_8);
  }

  private static Optional<String> text(JsonReader reader) {
    Optional<String> text =
        reader.next() == JsonReader.Token.STRING ? Optional.of(reader.text()) : Optional.empty();
    reader.skipValue();
    return text;
  }
}
