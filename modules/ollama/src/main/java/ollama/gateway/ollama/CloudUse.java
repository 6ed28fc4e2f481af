package ollama.gateway.ollama;

/**
 * Whether a body has Ollama use its account at ollama.com, though the model that it names may run
 * on the server itself: to make a model with a {@code remote_host} is to give one that runs there a
 * name which doesn't say so, and for a model that calls a tool of the type {@code web_search…} the
 * server itself searches, there.
 */
final class CloudUse {
  private final JsonReader reader;

  private CloudUse(JsonReader reader) {
    this.reader = reader;
  }

  /** Whether it does, as far as these bytes say; in a time that grows with the length. */
  static boolean isIn(Route route, byte[] body, int length) {
    CloudUse use = new CloudUse(new JsonReader(body, 0, length, false));
    return switch (route) {
      case CREATE -> use.hasRemoteHost();
      case V1_MESSAGES, V1_RESPONSES -> use.hasSearch();
      default -> false;
    };
  }

  private boolean hasRemoteHost() {
    boolean found = false;
    if (reader.next() == JsonReader.Token.BEGIN_OBJECT) {
      while (!found && reader.next() == JsonReader.Token.NAME) {
        found = reader.isLike("remote_host") && hasText();
        reader.skipValue();
      }
    }
    return found;
  }

  private boolean hasSearch() {
    boolean found = false;
    if (reader.next() == JsonReader.Token.BEGIN_OBJECT) {
      while (!found && reader.next() == JsonReader.Token.NAME) {
        if (!reader.isLike("tools") || reader.next() != JsonReader.Token.BEGIN_ARRAY) {
          reader.skipValue();
          continue;
        }
        found = areSearching();
      }
    }
    return found;
  }

  /** Reads tools to their end, or to the first that is one. */
  private boolean areSearching() {
    while (reader.next() != JsonReader.Token.END_ARRAY && !reader.isStopped()) {
      if (reader.token() != JsonReader.Token.BEGIN_OBJECT) {
        reader.skipValue();
      } else if (isSearch()) {
        return true;
      }
    }
    return false;
  }

  /** Reads a tool to its end, or to what says that it searches. */
  private boolean isSearch() {
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.isLike("type") && isSearchType(reader)) {
        return true;
      }
      reader.skipValue();
    }
    return false;
  }

  /** Whether what is read next is the type of a tool with which the server itself searches. */
  static boolean isSearchType(JsonReader reader) {
    return reader.next() == JsonReader.Token.STRING
        && reader.text().strip().startsWith("web_search");
  }

  /** Whether the value of the name that was just read is a text with something in it. */
  private boolean hasText() {
    return reader.next() == JsonReader.Token.STRING && !reader.isEmptyText();
  }
}
