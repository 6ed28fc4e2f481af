package ollama.gateway.config;

import java.util.Map;

/** What a header may be called and hold that is sent to a server with each request. */
final class ServerHeader {
  private static final int COUNT_MAX = 32;
  private static final int CHARACTERS_MAX = 16_384;
  private static final int LATIN_1_MAX = 0xff;

  private ServerHeader() {}

  static void check(String name, String value) {
    String _ = HeaderName.checkSent(name);
    String _ = checkValue(value);
  }

  /** Returns the value if a header can carry it. The messages never show it. */
  static String checkValue(String value) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException(
          "a header's value can't be empty: write one or remove the header");
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a header's value can't have control characters (is there a line break at its end?):"
              + " remove them");
    }
    if (value.startsWith(" ") || value.endsWith(" ")) {
      throw new IllegalArgumentException(
          "a header's value can't start or end with a space, nobody would see it: remove it");
    }
    if (value.chars().anyMatch(c -> c > LATIN_1_MAX)) {
      throw new IllegalArgumentException(
          "a header's value has characters of Latin-1 only: write the others as the server wants"
              + " them encoded");
    }
    return value;
  }

  /** That there aren't too many, since all go out with each request. */
  static void checkAll(Map<String, String> headers) {
    long characters = 0;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      characters += header.getKey().length() + header.getValue().length();
    }
    if (headers.size() > COUNT_MAX || characters > CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "a server has at most "
              + COUNT_MAX
              + " headers of together "
              + CHARACTERS_MAX
              + " characters: remove some");
    }
  }
}
