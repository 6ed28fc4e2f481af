package ollama.gateway.app.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The head of a message as it came.
 *
 * @param text all of it, the empty line included
 */
public record Head(String text) {

  private static final int BYTES_MAX = 128 * 1024;

  /** Names of fields that concern one connection only, and of those that every hop writes anew. */
  private static final Set<String> OF_THE_HOP =
      Set.of("connection", "content-length", "transfer-encoding", "x-request-id");

  /** One field line. */
  public record Field(String name, String value) {
    @Override
    public String toString() {
      return name + ": " + value;
    }
  }

  /**
   * Reads a head; empty at the end of the stream.
   *
   * @throws EOFException when the stream ends within
   */
  static Optional<Head> read(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < 4 || text.indexOf("\r\n\r\n", text.length() - 4) < 0) {
      int b = in.read();
      if (b < 0) {
        if (text.isEmpty()) {
          return Optional.empty();
        }
        throw new EOFException("the stream ended within a head: " + text);
      }
      text.append((char) b);
      if (text.length() > BYTES_MAX) {
        throw new IOException("a head without end");
      }
    }
    return Optional.of(new Head(text.toString()));
  }

  /** The first line. */
  public String startLine() {
    return text.substring(0, text.indexOf("\r\n"));
  }

  /** A word of the first line, from 0. */
  public String word(int i) {
    return startLine().split(" ", -1)[i];
  }

  /** A response's status. */
  public int status() {
    return Integer.parseInt(word(1));
  }

  /** All field lines in their order. */
  public List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    String[] lines = text.split("\r\n", -1);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        fields.add(new Field(lines[i].substring(0, colon), lines[i].substring(colon + 1).strip()));
      }
    }
    return fields;
  }

  /** All values of a name, in any case. */
  public List<String> all(String name) {
    return fields().stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Field::value)
        .toList();
  }

  /** The value of a name that may be there once; empty if it isn't. */
  public String field(String name) {
    List<String> values = all(name);
    if (values.size() > 1) {
      throw new AssertionError(name + " is there more than once: " + text);
    }
    return values.isEmpty() ? "" : values.getFirst();
  }

  /** The field lines that go from end to end, in their order. */
  public List<Field> endToEnd() {
    return fields().stream()
        .filter(field -> !OF_THE_HOP.contains(field.name().toLowerCase(Locale.ROOT)))
        .toList();
  }

  /** Whether the body comes in chunks. */
  boolean chunked() {
    return field("Transfer-Encoding").equalsIgnoreCase("chunked");
  }
}
