package ollama.gateway.ollama;

import java.util.Optional;

/**
 * The usage of a stream, of which {@code /v1/chat/completions} and {@code /v1/completions} speak
 * only where a request says {@code "stream_options": {"include_usage": true}}.
 */
public final class StreamUsage {
  private static final String ASK = "\"include_usage\":true";

  private final JsonReader reader;
  private boolean isStreamed;
  private boolean isFound;
  private boolean isAsked;
  private Optional<Edit> edit = Optional.empty();

  private StreamUsage(JsonReader reader) {
    this.reader = reader;
  }

  /** Whether it has to be asked for on a route. */
  public static boolean isByRequest(Route route) {
    return route == Route.V1_CHAT || route == Route.V1_COMPLETIONS;
  }

  /**
   * The change with which a whole body asks for it.
   *
   * @param body the bytes
   * @param length how many of them there are
   * @return empty where it asks by itself, where there is no stream, and where it can't be told how
   *     Ollama reads the body: one that isn't whole, or says it twice
   */
  public static Optional<Edit> request(byte[] body, int length) {
    return new StreamUsage(new JsonReader(body, 0, length, false)).read();
  }

  private Optional<Edit> read() {
    if (reader.next() != JsonReader.Token.BEGIN_OBJECT) {
      return Optional.empty();
    }
    int begin = reader.tokenEnd();
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.isLike("stream")) {
        isStreamed = reader.next() == JsonReader.Token.TRUE;
      } else if (reader.isLike("stream_options")) {
        if (isFound) {
          return Optional.empty();
        }
        isFound = true;
        options();
        continue;
      }
      JsonReader.Token _ = reader.skipValue();
    }
    if (reader.token() != JsonReader.Token.END_OBJECT || !isStreamed || isAsked) {
      return Optional.empty();
    }
    return isFound ? edit : Optional.of(Edit.insert(begin, "\"stream_options\":{" + ASK + "},"));
  }

  /** Reads what the request says of it. */
  private void options() {
    JsonReader.Token first = reader.next();
    if (first == JsonReader.Token.NULL) {
      edit = Optional.of(new Edit(lastToken(), "{" + ASK + "}"));
      return;
    }
    if (first != JsonReader.Token.BEGIN_OBJECT) {
      // Ollama refuses it.
      isAsked = true;
      return;
    }
    int begin = reader.tokenEnd();
    boolean isEmpty = true;
    boolean isSaid = false;
    while (reader.next() == JsonReader.Token.NAME) {
      isEmpty = false;
      if (reader.isLike("include_usage")) {
        // Twice, as well as anything but true and false: who knows what is read.
        isAsked |= isSaid;
        isSaid = true;
        JsonReader.Token value = reader.next();
        isAsked |= value != JsonReader.Token.FALSE && value != JsonReader.Token.NULL;
        edit = Optional.of(new Edit(lastToken(), "true"));
      }
      JsonReader.Token _ = reader.skipValue();
    }
    if (!isSaid) {
      edit = Optional.of(Edit.insert(begin, isEmpty ? ASK : ASK + ","));
    }
  }

  private Span lastToken() {
    return new Span(reader.tokenStart(), reader.tokenEnd());
  }
}
