package ollama.gateway.usage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How keys are named: a SHA-256 digest, in memory as 64 hexadecimal digits, in a file as bytes. */
final class KeyIds {
  static final int BYTES = 32;
  static final int CHARS = 2 * BYTES;

  private static final int BITS = 4;
  private static final int LOW = 0xF;
  private static final int TEN = 10;

  private KeyIds() {}

  /**
   * Checks one.
   *
   * @throws IllegalArgumentException if it isn't one; the message doesn't show it, since it may be
   *     the key itself
   */
  static void check(String id) {
    boolean isGood = id.length() == CHARS;
    for (int i = 0; isGood && i < CHARS; i++) {
      isGood = digit(id.charAt(i)) >= 0;
    }
    if (!isGood) {
      throw new IllegalArgumentException(
          "a key is named by its digest, 64 hexadecimal digits in lower case; this is something"
              + " else of "
              + id.length()
              + " characters");
    }
  }

  static void put(String id, ByteBuffer out) {
    for (int i = 0; i < CHARS; i += 2) {
      out.put((byte) (digit(id.charAt(i)) << BITS | digit(id.charAt(i + 1))));
    }
  }

  /** One of 32 bytes that begin there. */
  static String get(byte[] bytes, int from) {
    byte[] digits = new byte[CHARS];
    for (int i = 0; i < BYTES; i++) {
      digits[2 * i] = character(bytes[from + i] >> BITS & LOW);
      digits[2 * i + 1] = character(bytes[from + i] & LOW);
    }
    return new String(digits, StandardCharsets.ISO_8859_1);
  }

  private static byte character(int digit) {
    return (byte) (digit < TEN ? '0' + digit : 'a' + digit - TEN);
  }

  /** The value of a digit; -1 if it is none. */
  private static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + TEN : -1;
  }
}
