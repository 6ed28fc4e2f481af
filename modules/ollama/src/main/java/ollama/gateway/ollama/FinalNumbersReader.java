package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;

/**
 * Finds the numbers in an answer's end, which may begin anywhere in the answer: where its last
 * object isn't there from its first byte, the object is read from one of the names before the
 * numbers on. Such a name is one and no text, because text would have a backslash before its quote.
 */
final class FinalNumbersReader {
  /** How many of the last events are looked at: the numbers stand in one of the last three. */
  private static final int EVENTS_MAX = 8;

  private static final byte[] DATA = bytes("data:");
  private static final byte[][] NATIVE_NAMES = {
    bytes("\"done\":"),
    bytes("\"done_reason\":"),
    bytes("\"total_duration\":"),
    bytes("\"load_duration\":"),
    bytes("\"prompt_eval_count\":")
  };
  private static final byte[] USAGE = bytes("\"usage\"");
  private static final byte[] MESSAGE_DELTA = bytes("\"message_delta\"");

  private final byte[] tail;
  private final int from;
  private final int end;
  private final NumbersSeen seen = new NumbersSeen();

  FinalNumbersReader(byte[] tail, int from, int length) {
    this.tail = tail;
    this.from = from;
    int to = length;
    while (to > from && tail[to - 1] <= ' ' && tail[to - 1] >= 0) {
      to--;
    }
    end = to;
  }

  FinalNumbers read(Route route, boolean isStreamed) {
    if (route.kind() != Route.Kind.INFERENCE || end == from) {
      return FinalNumbers.NONE;
    }
    boolean isNative = route.errors() == ErrorShape.NATIVE;
    boolean found;
    if (isNative) {
      found = nativeObject();
    } else if (isStreamed) {
      found = event(route == Route.V1_MESSAGES);
    } else {
      found = usage(from, end);
    }
    return found ? seen.numbers() : FinalNumbers.NONE;
  }

  /** The last line, or the whole answer, which has no other. */
  private boolean nativeObject() {
    int line = lineStart(end);
    if (tail[line] == '{' && object(line + 1)) {
      return true;
    }
    for (byte[] name : NATIVE_NAMES) {
      int at = lastName(name, line, end);
      if (at >= 0 && object(at)) {
        return true;
      }
    }
    return false;
  }

  /** Reads the members from here on, up to the end; false if the object doesn't end there. */
  private boolean object(int firstName) {
    seen.clear();
    return seen.members(JsonReader.inObject(tail, firstName, end));
  }

  private boolean event(boolean isMessages) {
    int to = end;
    int events = 0;
    while (events < EVENTS_MAX && to > from) {
      int line = lineStart(to);
      boolean isData = line == from || startsWith(DATA, line, to);
      // Of Anthropic's form the first usage is an estimate.
      boolean counts = isData && (!isMessages || lastName(MESSAGE_DELTA, line, to) >= 0);
      if (counts && usage(line, to)) {
        return true;
      }
      events += isData ? 1 : 0;
      to = line - 1;
    }
    return false;
  }

  private boolean usage(int start, int to) {
    int at = lastName(USAGE, start, to);
    int colon = at < 0 ? at : afterBlanks(at + USAGE.length, to);
    while (at >= 0 && (colon == to || tail[colon] != ':')) {
      // It is a text.
      at = lastName(USAGE, start, at);
      colon = at < 0 ? at : afterBlanks(at + USAGE.length, to);
    }
    if (at < 0) {
      return false;
    }
    seen.clear();
    JsonReader reader = new JsonReader(tail, colon + 1, to, true);
    return reader.next() == JsonReader.Token.BEGIN_OBJECT && seen.usage(reader);
  }

  /** Other servers than Ollama may write some before a colon. */
  private int afterBlanks(int start, int to) {
    int at = start;
    while (at < to && tail[at] <= ' ' && tail[at] >= 0) {
      at++;
    }
    return at;
  }

  private int lineStart(int to) {
    int at = to;
    while (at > from && tail[at - 1] != '\n') {
      at--;
    }
    return at;
  }

  /** The last place of this outside of a text, or less than 0. */
  private int lastName(byte[] quoted, int start, int to) {
    // What stands before the first byte isn't known.
    for (int at = to - quoted.length; at >= Math.max(start, from + 1); at--) {
      if (tail[at] == '"' && startsWith(quoted, at, to) && tail[at - 1] != '\\') {
        return at;
      }
    }
    return -1;
  }

  private boolean startsWith(byte[] expected, int at, int to) {
    if (at + expected.length > to) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if (tail[at + i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] bytes(String ascii) {
    return ascii.getBytes(StandardCharsets.US_ASCII);
  }
}
