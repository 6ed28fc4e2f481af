package ollama.gateway.ollama;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The inside of JSON's strings, in bytes. */
final class JsonText {
  /** The length of {@code \\u12ab}, the longest way to write a character of ASCII. */
  private static final int ESCAPE_LENGTH_MAX = 6;

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;
  private static final char REPLACEMENT = '\ufffd';
  private static final int LONG_S = 'ſ';
  private static final int KELVIN = '\u212a';
  private static final byte[] LONG_S_UTF_8 = utf8(LONG_S);
  private static final byte[] KELVIN_UTF_8 = utf8(KELVIN);

  private JsonText() {}

  private static byte[] utf8(int character) {
    return Character.toString(character).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The offset of the next quote, backslash or control character, or the end. Eight bytes at a
   * time.
   *
   * @param words the same bytes in little endian
   */
  static int plainEnd(byte[] bytes, ByteBuffer words, int from, int end) {
    int at = from;
    while (at + Long.BYTES <= end) {
      long eight = words.getLong(at);
      long quote = eight ^ (ONES * '"');
      long backslash = eight ^ (ONES * '\\');
      long found =
          (((quote - ONES) & ~quote)
                  | ((backslash - ONES) & ~backslash)
                  | ((eight - ONES * ' ') & ~eight))
              & HIGH;
      if (found != 0) {
        // Only bytes behind the first one that is found may be taken for such by mistake.
        return at + (Long.numberOfTrailingZeros(found) >>> 3);
      }
      at += Long.BYTES;
    }
    while (at < end) {
      byte b = bytes[at];
      if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
        return at;
      }
      at++;
    }
    return at;
  }

  /**
   * The length of the escape that begins with this backslash: 0 if the bytes end before it does,
   * less if it is none.
   */
  static int escapeLength(byte[] bytes, int at, int end) {
    if (at + 1 == end) {
      return 0;
    }
    if (bytes[at + 1] != 'u') {
      return simple(bytes[at + 1]) < 0 ? -1 : 2;
    }
    for (int i = at + 2; i < at + ESCAPE_LENGTH_MAX; i++) {
      if (i == end) {
        return 0;
      }
      if (Character.digit(bytes[i], 16) < 0) {
        return -1;
      }
    }
    return ESCAPE_LENGTH_MAX;
  }

  /** A string's content as text; its escapes have been found to be such. */
  static String decoded(byte[] bytes, int from, int to, boolean escaped) {
    if (!escaped) {
      return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }
    StringBuilder text = new StringBuilder(to - from);
    int at = from;
    while (at < to) {
      int plain = at;
      while (at < to && bytes[at] != '\\') {
        at++;
      }
      if (at > plain) {
        text.append(new String(bytes, plain, at - plain, StandardCharsets.UTF_8));
      }
      if (at < to) {
        at = escape(bytes, at, to, text);
      }
    }
    return text.toString();
  }

  /** Whether a string's content is this text of ASCII characters. */
  static boolean equals(byte[] bytes, int from, int to, boolean escaped, String ascii) {
    if (escaped) {
      return to - from <= ascii.length() * ESCAPE_LENGTH_MAX
          && decoded(bytes, from, to, true).equals(ascii);
    }
    if (to - from != ascii.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] != ascii.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a string's content folds to this text of lower-case ASCII characters. */
  static boolean equalsFolded(byte[] bytes, int from, int to, boolean escaped, String lower) {
    if (to - from < lower.length() || to - from > lower.length() * ESCAPE_LENGTH_MAX) {
      return false;
    }
    if (!escaped && to - from == lower.length()) {
      for (int i = from; i < to; i++) {
        if (fold(bytes[i]) != lower.charAt(i - from)) {
          return false;
        }
      }
      return true;
    }
    // Longer than it has to be: it has escapes, or a character beyond ASCII, or is another name.
    // Nothing is decoded for that: a body can have millions of names, each compared with several.
    int at = from;
    for (int i = 0; i < lower.length(); i++) {
      int length = at < to ? lengthOf(bytes, at, to) : 0;
      if (length <= 0 || fold(character(bytes, at)) != lower.charAt(i)) {
        return false;
      }
      at += length;
    }
    return at == to;
  }

  /** How many bytes a character takes that may fold to one of ASCII; 0 for one that can't. */
  private static int lengthOf(byte[] bytes, int at, int to) {
    if (bytes[at] == '\\') {
      return escapeLength(bytes, at, to);
    }
    if (bytes[at] >= 0) {
      return 1;
    }
    if (is(LONG_S_UTF_8, bytes, at, to)) {
      return LONG_S_UTF_8.length;
    }
    return is(KELVIN_UTF_8, bytes, at, to) ? KELVIN_UTF_8.length : 0;
  }

  /** The character that begins there and may fold to one of ASCII. */
  private static int character(byte[] bytes, int at) {
    if (bytes[at] == '\\') {
      int simple = simple(bytes[at + 1]);
      return simple >= 0 ? simple : unit(bytes, at);
    }
    if (bytes[at] >= 0) {
      return bytes[at];
    }
    return bytes[at] == LONG_S_UTF_8[0] ? LONG_S : KELVIN;
  }

  private static boolean is(byte[] character, byte[] bytes, int at, int to) {
    int end = at + character.length;
    return end <= to && Arrays.equals(bytes, at, end, character, 0, character.length);
  }

  private static int fold(int c) {
    if (c >= 'A' && c <= 'Z') {
      return c + ('a' - 'A');
    }
    return switch (c) {
      case LONG_S -> 's';
      case KELVIN -> 'k';
      default -> c;
    };
  }

  /** Appends what an escape stands for, and returns the offset behind it. */
  private static int escape(byte[] bytes, int at, int to, StringBuilder text) {
    int simple = simple(bytes[at + 1]);
    if (simple >= 0) {
      text.append((char) simple);
      return at + 2;
    }
    char unit = unit(bytes, at);
    int behind = at + ESCAPE_LENGTH_MAX;
    if (!Character.isSurrogate(unit)) {
      text.append(unit);
      return behind;
    }
    if (Character.isHighSurrogate(unit)
        && behind + ESCAPE_LENGTH_MAX <= to
        && bytes[behind] == '\\'
        && bytes[behind + 1] == 'u'
        && Character.isLowSurrogate(unit(bytes, behind))) {
      text.append(unit).append(unit(bytes, behind));
      return behind + ESCAPE_LENGTH_MAX;
    }
    text.append(REPLACEMENT);
    return behind;
  }

  private static char unit(byte[] bytes, int at) {
    int value = 0;
    for (int i = at + 2; i < at + ESCAPE_LENGTH_MAX; i++) {
      value = value * 16 + Character.digit(bytes[i], 16);
    }
    return (char) value;
  }

  private static int simple(byte letter) {
    return switch (letter) {
      case '"', '\\', '/' -> letter;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> -1;
    };
  }
}
