package ollama.gateway.app.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Ways in which careless servers read requests, each with one leniency that smuggling lives on.
 * None of them is right where they differ; a request is safe when they don't.
 */
public enum Reading {
  /** Of length and coding, the coding holds. */
  CODING_FIRST,
  /** Of length and coding, the first length holds. */
  LENGTH_FIRST,
  /** Of length and coding, the last length holds. */
  LAST_LENGTH,
  /** Lines may end with LF alone. */
  BARE_LF,
  /** Lines may end with CR alone. */
  BARE_CR,
  /** Names may have white space and control bytes around them. */
  LOOSE_NAMES,
  /** Any coding in which {@code chunked} occurs is that, and any digits in a length count. */
  LOOSE_VALUES,
  /** Lines that start with white space go on with the value of the one before. */
  FOLDED;

  /**
   * What a server that reads so finds on a connection.
   *
   * @param requests that are complete
   * @param rest what follows them, the start of a request at most
   */
  public record Found(List<Meaning> requests, String rest) {}

  /** Reads all that came on a connection. */
  public Found read(String bytes) {
    List<Meaning> requests = new ArrayList<>();
    Cursor cursor = new Cursor(this, bytes);
    int end = 0;
    try {
      while (!bytes.substring(end).isBlank()) {
        requests.add(request(cursor));
        end = cursor.at;
      }
    } catch (IncompleteException e) {
      // The rest is no whole request.
    }
    return new Found(requests, bytes.substring(end));
  }

  private Meaning request(Cursor cursor) throws IncompleteException {
    String line = cursor.line();
    while (line.isEmpty()) {
      line = cursor.line();
    }
    String[] words = line.trim().split("[ \t]+", 3);
    List<String> codings = new ArrayList<>();
    List<String> lengths = new ArrayList<>();
    for (String field : fields(cursor)) {
      int colon = field.indexOf(':');
      String name = colon < 0 ? field : field.substring(0, colon);
      String value = field.substring(colon + 1).strip();
      switch (name(name)) {
        case "transfer-encoding" -> codings.add(value.toLowerCase(Locale.ROOT));
        case "content-length" -> lengths.add(value);
        default -> {}
      }
    }
    boolean chunked = codings.stream().anyMatch(this::isChunked);
    boolean byLength = !lengths.isEmpty() && (!chunked || lengthHolds());
    String body = "";
    if (byLength) {
      body = cursor.bytes(number(this == LAST_LENGTH ? lengths.getLast() : lengths.getFirst(), 10));
    } else if (chunked) {
      body = chunks(cursor);
    }
    return new Meaning(words[0], words.length > 1 ? words[1] : "", body);
  }

  private List<String> fields(Cursor cursor) throws IncompleteException {
    List<String> fields = new ArrayList<>();
    for (String line = cursor.line(); !line.isEmpty(); line = cursor.line()) {
      boolean folded = this == FOLDED && !fields.isEmpty() && line.matches("(?s)[ \t].*");
      fields.add(folded ? fields.removeLast() + line : line);
    }
    return fields;
  }

  private String chunks(Cursor cursor) throws IncompleteException {
    StringBuilder body = new StringBuilder();
    for (long size = number(cursor.line(), 16); size > 0; size = number(cursor.line(), 16)) {
      body.append(cursor.bytes(size));
      cursor.skipLineEnd();
    }
    while (!cursor.line().isEmpty()) {
      // A trailer.
    }
    return body.toString();
  }

  private String name(String name) {
    String plain = this == LOOSE_NAMES ? name.replaceAll("[^!-~]", "") : name;
    return plain.toLowerCase(Locale.ROOT);
  }

  private boolean isChunked(String coding) {
    return this == LOOSE_VALUES ? coding.contains("chunked") : coding.equals("chunked");
  }

  private boolean lengthHolds() {
    return this == LENGTH_FIRST || this == LAST_LENGTH;
  }

  /** The digits that a text starts with, as {@code strtol} would take them. */
  private long number(String text, int radix) {
    String rest = text.strip().replaceFirst("^(\\+|0[xX])", "");
    if (this == LOOSE_VALUES) {
      rest = rest.replaceFirst("^[^0-9a-fA-F]+", "");
    }
    long value = 0;
    for (int i = 0; i < rest.length(); i++) {
      int digit = Character.digit(rest.charAt(i), radix);
      if (digit < 0) {
        break;
      }
      value = value * radix + digit;
    }
    return value;
  }

  /** The bytes end before the request does. */
  private static final class IncompleteException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** A place in the bytes. */
  private static final class Cursor {
    private final Reading reading;
    private final String bytes;
    private int at;

    Cursor(Reading reading, String bytes) {
      this.reading = reading;
      this.bytes = bytes;
    }

    String line() throws IncompleteException {
      int end = at;
      while (end < bytes.length() && endLength(end) == 0) {
        end++;
      }
      if (end == bytes.length()) {
        throw new IncompleteException();
      }
      String line = bytes.substring(at, end);
      at = end + endLength(end);
      return line;
    }

    String bytes(long count) throws IncompleteException {
      if (count < 0 || count > bytes.length() - at) {
        throw new IncompleteException();
      }
      String text = bytes.substring(at, at + (int) count);
      at += (int) count;
      return text;
    }

    void skipLineEnd() throws IncompleteException {
      if (at == bytes.length()) {
        throw new IncompleteException();
      }
      at += endLength(at);
    }

    /** How many bytes of a line's end are here. */
    private int endLength(int i) {
      if (bytes.startsWith("\r\n", i)) {
        return 2;
      }
      char c = bytes.charAt(i);
      boolean bare = (c == '\n' && reading == BARE_LF) || (c == '\r' && reading == BARE_CR);
      return bare ? 1 : 0;
    }
  }
}
