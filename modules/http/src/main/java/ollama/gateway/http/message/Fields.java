package ollama.gateway.http.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The field lines of one head, in their order, as ranges of the head's bytes. Filled by the parser;
 * read-only for all others. Names are tokens and values hold no control byte but tab, so writing
 * them on can't split a message.
 */
public final class Fields {

  private static final int INITIAL_LINES = 16;
  // Where the name starts and ends, where the value starts and ends.
  private static final int INTS_PER_LINE = 4;

  private byte[] bytes = new byte[0];
  private KnownField[] known = new KnownField[INITIAL_LINES];
  private int[] ranges = new int[INITIAL_LINES * INTS_PER_LINE];
  private int count;

  /** An empty list, for a parser to fill. */
  public Fields() {}

  /** Starts anew over another head's bytes. */
  public void reset(byte[] headBytes) {
    bytes = headBytes;
    count = 0;
  }

  /**
   * Appends a line; ranges are of the bytes given to {@link #reset}, which hold two more bytes, CR
   * LF as a rule, behind the value.
   */
  public void add(KnownField field, int nameFrom, int nameTo, int valueFrom, int valueTo) {
    if (count == known.length) {
      known = Arrays.copyOf(known, count * 2);
      ranges = Arrays.copyOf(ranges, ranges.length * 2);
    }
    int at = count * INTS_PER_LINE;
    known[count] = field;
    ranges[at] = nameFrom;
    ranges[at + 1] = nameTo;
    ranges[at + 2] = valueFrom;
    ranges[at + 3] = valueTo;
    count++;
  }

  /** How many lines there are. */
  public int count() {
    return count;
  }

  /** Which name line {@code i} has. */
  public KnownField known(int i) {
    return known[i];
  }

  /** The name of line {@code i} as it came. */
  public String name(int i) {
    return text(i, 0);
  }

  /** The value of line {@code i}, without white space around it. */
  public String value(int i) {
    return text(i, 2);
  }

  /** Reads a value where it stands. */
  @FunctionalInterface
  public interface ValueReader<T> {
    /** What the bytes from {@code from} to {@code to} mean; they must not be kept. */
    T read(byte[] bytes, int from, int to);
  }

  /** What {@code reader} makes of the value of line {@code i}. */
  public <T> T value(int i, ValueReader<T> reader) {
    int at = i * INTS_PER_LINE;
    return reader.read(bytes, ranges[at + 2], ranges[at + 3]);
  }

  /** The index of the first line with this name at or after {@code from}, or -1. */
  public int indexOf(KnownField field, int from) {
    for (int i = from; i < count; i++) {
      if (known[i] == field) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a line with this name came. */
  public boolean has(KnownField field) {
    return indexOf(field, 0) >= 0;
  }

  /** The first value under this name. */
  public Optional<String> first(KnownField field) {
    int i = indexOf(field, 0);
    return i < 0 ? Optional.empty() : Optional.of(value(i));
  }

  /** The index of the first line whose name is {@code lowerCase}, in any case, or -1. */
  public int indexOf(String lowerCase) {
    for (int i = 0; i < count; i++) {
      if (nameIs(i, lowerCase)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether the name of line {@code i} is {@code lowerCase}, in any case. */
  public boolean nameIs(int i, String lowerCase) {
    int at = i * INTS_PER_LINE;
    return Ascii.equalsIgnoreCase(bytes, ranges[at], ranges[at + 1], lowerCase);
  }

  /** Whether the value of line {@code i} is {@code lowerCase}, in any case. */
  public boolean valueIs(int i, String lowerCase) {
    int at = i * INTS_PER_LINE;
    return Ascii.equalsIgnoreCase(bytes, ranges[at + 2], ranges[at + 3], lowerCase);
  }

  /**
   * Whether some line {@code list} (a comma-separated one, RFC 9110 section 5.6.1) has the member
   * {@code lowerCase}, in any case.
   */
  public boolean listHas(KnownField list, String lowerCase) {
    for (int i = indexOf(list, 0); i >= 0; i = indexOf(list, i + 1)) {
      if (hasMember(i, lowerCase)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the name of line {@code i} is listed in a {@code Connection} field, which makes it a
   * hop-by-hop field (RFC 9110 section 7.6.1).
   */
  public boolean listedInConnection(int i) {
    int at = i * INTS_PER_LINE;
    for (int c = indexOf(KnownField.CONNECTION, 0);
        c >= 0;
        c = indexOf(KnownField.CONNECTION, c + 1)) {
      if (hasMember(c, ranges[at], ranges[at + 1])) {
        return true;
      }
    }
    return false;
  }

  /** Writes the value of line {@code i} as it came. */
  public void writeValue(int i, ByteBuffer out) {
    int at = i * INTS_PER_LINE;
    out.put(bytes, ranges[at + 2], ranges[at + 3] - ranges[at + 2]);
  }

  /** Bytes that {@link #writeLine} puts for line {@code i}. */
  public int lineBytes(int i) {
    int at = i * INTS_PER_LINE;
    return ranges[at + 1] - ranges[at] + ranges[at + 3] - ranges[at + 2] + 4;
  }

  /** Writes {@code name: value CRLF} of line {@code i} as it came. */
  public void writeLine(int i, ByteBuffer out) {
    int at = i * INTS_PER_LINE;
    if (isWrittenUsually(at)) {
      out.put(bytes, ranges[at], ranges[at + 3] + 2 - ranges[at]);
      return;
    }
    out.put(bytes, ranges[at], ranges[at + 1] - ranges[at]);
    out.put((byte) ':').put((byte) ' ');
    out.put(bytes, ranges[at + 2], ranges[at + 3] - ranges[at + 2]);
    out.put((byte) '\r').put((byte) '\n');
  }

  /** Whether the line stands in the head just as it would be written, and so is one copy. */
  private boolean isWrittenUsually(int at) {
    return ranges[at + 2] == ranges[at + 1] + 2
        && bytes[ranges[at + 1] + 1] == ' '
        && bytes[ranges[at + 3]] == '\r';
  }

  private String text(int i, int offset) {
    int at = i * INTS_PER_LINE + offset;
    return new String(bytes, ranges[at], ranges[at + 1] - ranges[at], StandardCharsets.ISO_8859_1);
  }

  private boolean hasMember(int line, String lowerCase) {
    int at = line * INTS_PER_LINE;
    int end = ranges[at + 3];
    for (int from = ranges[at + 2]; from < end; ) {
      int comma = memberEnd(from, end);
      if (Ascii.equalsIgnoreCase(bytes, skipSpace(from, comma), trimEnd(from, comma), lowerCase)) {
        return true;
      }
      from = comma + 1;
    }
    return false;
  }

  private boolean hasMember(int line, int nameFrom, int nameTo) {
    int at = line * INTS_PER_LINE;
    int end = ranges[at + 3];
    for (int from = ranges[at + 2]; from < end; ) {
      int comma = memberEnd(from, end);
      int first = skipSpace(from, comma);
      if (trimEnd(from, comma) - first == nameTo - nameFrom && sameName(first, nameFrom, nameTo)) {
        return true;
      }
      from = comma + 1;
    }
    return false;
  }

  private boolean sameName(int member, int nameFrom, int nameTo) {
    for (int i = nameFrom; i < nameTo; i++) {
      if (Ascii.lower(bytes[i]) != Ascii.lower(bytes[member + i - nameFrom])) {
        return false;
      }
    }
    return true;
  }

  private int memberEnd(int from, int end) {
    int i = from;
    while (i < end && bytes[i] != ',') {
      i++;
    }
    return i;
  }

  private int skipSpace(int from, int end) {
    int i = from;
    while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
      i++;
    }
    return i;
  }

  private int trimEnd(int from, int end) {
    int i = end;
    while (i > from && (bytes[i - 1] == ' ' || bytes[i - 1] == '\t')) {
      i--;
    }
    return i;
  }
}
