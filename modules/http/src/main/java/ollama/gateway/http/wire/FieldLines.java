package ollama.gateway.http.wire;

import ollama.gateway.http.message.Ascii;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;

/** What requests and responses have in common: field lines and the fields that frame a body. */
final class FieldLines {

  /** 10^18 - 1 fits a long with room; nobody sends more. */
  private static final int DIGITS_MAX = 18;

  private FieldLines() {}

  /** The index of the CR that ends the line which starts at {@code from}. */
  static int lineEnd(byte[] bytes, int from) {
    int i = from;
    while (bytes[i] != '\r') {
      i++;
    }
    return i;
  }

  /** Parses the lines from {@code from} up to the empty one into {@code fields}. */
  static void parse(byte[] bytes, int from, Fields fields) throws ProtocolException {
    int at = from;
    while (bytes[at] != '\r') {
      at = parseLine(bytes, at, fields);
    }
  }

  private static int parseLine(byte[] bytes, int from, Fields fields) throws ProtocolException {
    if (bytes[from] == ' ' || bytes[from] == '\t') {
      throw new ProtocolException(Rule.FOLDED_LINE);
    }
    int colon = from;
    while (Ascii.isToken(bytes[colon])) {
      colon++;
    }
    if (bytes[colon] != ':') {
      throw new ProtocolException(badName(bytes, colon));
    }
    if (colon == from) {
      throw new ProtocolException(Rule.FIELD_NAME);
    }
    int end = lineEnd(bytes, colon);
    int valueFrom = colon + 1;
    while (bytes[valueFrom] == ' ' || bytes[valueFrom] == '\t') {
      valueFrom++;
    }
    int valueTo = end;
    while (valueTo > valueFrom && (bytes[valueTo - 1] == ' ' || bytes[valueTo - 1] == '\t')) {
      valueTo--;
    }
    fields.add(KnownField.of(bytes, from, colon), from, colon, valueFrom, valueTo);
    return end + 2;
  }

  private static Rule badName(byte[] bytes, int at) {
    for (int i = at; bytes[i] != '\r'; i++) {
      if (bytes[i] == ':') {
        return bytes[at] == ' ' || bytes[at] == '\t' ? Rule.SPACE_BEFORE_COLON : Rule.FIELD_NAME;
      }
    }
    return Rule.FIELD_WITHOUT_COLON;
  }

  /**
   * The framing that the fields declare, or {@code otherwise} when they declare none.
   *
   * @throws ProtocolException when they contradict themselves (RFC 9112 section 6.3)
   */
  static Framing framing(Fields fields, int minorVersion, Framing otherwise)
      throws ProtocolException {
    int coding = fields.indexOf(KnownField.TRANSFER_ENCODING, 0);
    int length = fields.indexOf(KnownField.CONTENT_LENGTH, 0);
    if (coding >= 0) {
      if (length >= 0) {
        throw new ProtocolException(Rule.LENGTH_WITH_CODING);
      }
      if (minorVersion == 0) {
        throw new ProtocolException(Rule.CODING_IN_HTTP_1_0);
      }
      checkCoding(fields, coding);
      return Framing.CHUNKED;
    }
    if (length >= 0) {
      if (fields.indexOf(KnownField.CONTENT_LENGTH, length + 1) >= 0) {
        throw new ProtocolException(Rule.LENGTH_TWICE);
      }
      return Framing.ofLength(parseNumber(fields.value(length), Rule.LENGTH_INVALID));
    }
    return otherwise;
  }

  private static void checkCoding(Fields fields, int first) throws ProtocolException {
    if (fields.indexOf(KnownField.TRANSFER_ENCODING, first + 1) >= 0) {
      throw new ProtocolException(Rule.CODING_INVALID);
    }
    if (!fields.valueIs(first, "chunked")) {
      throw new ProtocolException(badCoding(fields.value(first).split(",", -1)));
    }
  }

  /** What is wrong with a list of codings that isn't {@code chunked} alone. */
  private static Rule badCoding(String[] codings) {
    boolean malformed = false;
    for (int i = 0; i < codings.length; i++) {
      String coding = codings[i].strip();
      boolean chunkedBefore = i < codings.length - 1 && coding.equalsIgnoreCase("chunked");
      malformed |= coding.isEmpty() || chunkedBefore;
    }
    boolean chunkedLast = codings[codings.length - 1].strip().equalsIgnoreCase("chunked");
    if (!chunkedLast && !codings[codings.length - 1].isBlank()) {
      return Rule.CODING_NOT_CHUNKED;
    }
    return malformed ? Rule.CODING_INVALID : Rule.CODING_UNKNOWN;
  }

  /** A field of {@code 1*DIGIT} that stands there once at most; -1 if it doesn't stand there. */
  static long number(Fields fields, KnownField field, Rule broken) throws ProtocolException {
    int i = fields.indexOf(field, 0);
    if (i < 0) {
      return -1;
    }
    if (fields.indexOf(field, i + 1) >= 0) {
      throw new ProtocolException(broken);
    }
    return parseNumber(fields.value(i), broken);
  }

  private static long parseNumber(String digits, Rule broken) throws ProtocolException {
    if (digits.isEmpty() || digits.length() > DIGITS_MAX) {
      throw new ProtocolException(broken);
    }
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        throw new ProtocolException(broken);
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }
}
