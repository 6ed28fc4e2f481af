package ollama.gateway.ollama;

/**
 * Whether a body has Ollama use its account at ollama.com, though the model that it names may run
 * on the server itself: to make a model with a {@code remote_host} is to give one that runs there a
 * name which doesn't say so.
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

  /** Whether the value of the name that was just read is a text with something in it. */
  private boolean hasText() {
    return reader.next() == JsonReader.Token.STRING && !reader.isEmptyText();
  }
}
