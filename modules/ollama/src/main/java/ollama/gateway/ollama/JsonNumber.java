package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;

/** JSON's numbers, in bytes. */
final class JsonNumber {
  /** As many digits are less than a long's bound, whichever they are. */
  private static final int SAFE_DIGITS = 18;

  private JsonNumber() {}

  /**
   * The length of the number that begins here, as far as the bytes go; less than 0 if it is none.
   * If it doesn't end with a digit, the bytes end within it.
   */
  static int length(byte[] bytes, int from, int end) {
    int at = bytes[from] == '-' ? from + 1 : from;
    int digits = at;
    at = digits(bytes, at, end);
    if (at > digits && bytes[digits] == '0') {
      at = digits + 1;
    }
    if (at == digits) {
      return at == end ? at - from : -1;
    }
    if (at < end && bytes[at] == '.') {
      digits = at + 1;
      at = digits(bytes, digits, end);
      if (at == digits) {
        return at == end ? at - from : -1;
      }
    }
    if (at < end && (bytes[at] | 0x20) == 'e') {
      digits = at + 1;
      if (digits < end && (bytes[digits] == '+' || bytes[digits] == '-')) {
        digits++;
      }
      at = digits(bytes, digits, end);
      if (at == digits) {
        return at == end ? at - from : -1;
      }
    }
    return at - from;
  }

  /** An integer; a fraction is cut off, and what is beyond a long becomes its bound. */
  static long integer(byte[] bytes, int from, int to) {
    boolean negative = bytes[from] == '-';
    int digits = negative ? from + 1 : from;
    if (to - digits > SAFE_DIGITS || digits(bytes, digits, to) < to) {
      return beyond(bytes, from, to);
    }
    long value = 0;
    for (int i = digits; i < to; i++) {
      value = value * 10 + (bytes[i] - '0');
    }
    return negative ? -value : value;
  }

  /** A number as a double. */
  static double decimal(byte[] bytes, int from, int to) {
    return Double.parseDouble(text(bytes, from, to));
  }

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** An integer that has a fraction, an exponent or many digits. */
  private static long beyond(byte[] bytes, int from, int to) {
    if (digits(bytes, bytes[from] == '-' ? from + 1 : from, to) < to) {
      return (long) decimal(bytes, from, to);
    }
    try {
      return Long.parseLong(text(bytes, from, to));
    } catch (NumberFormatException _) {
      return bytes[from] == '-' ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
  }

  private static int digits(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && isDigit(bytes[at])) {
      at++;
    }
    return at;
  }
}
