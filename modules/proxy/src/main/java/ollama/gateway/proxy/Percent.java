package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Percent-encoding, RFC 3986 section 2.1. */
final class Percent {

  private static final String UNENCODED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:";
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private Percent() {}

  /**
   * Decodes once. What isn't a percent sign with two hexadecimal digits behind it stays as it is.
   *
   * @param text one character for each byte
   * @return the same; the text itself if there is nothing to decode
   */
  static String decode(String text) {
    int percent = text.indexOf('%');
    if (percent < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int length = percent;
    for (int i = percent; i < bytes.length; i++) {
      int octet = bytes[i] == '%' ? octet(bytes, i + 1) : -1;
      bytes[length++] = octet < 0 ? bytes[i] : (byte) octet;
      i += octet < 0 ? 0 : 2;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  /**
   * Encodes what mustn't stand in a path's segments or a query's values as it is; slashes and
   * colons may.
   *
   * @param text any
   */
  static String encode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (UNENCODED.indexOf(octet) >= 0) {
        encoded.append((char) octet);
      } else {
        encoded.append('%').append(HEX.toHexDigits(octet));
      }
    }
    return encoded.toString();
  }

  private static int octet(byte[] bytes, int at) {
    if (at + 2 > bytes.length) {
      return -1;
    }
    int high = Character.digit(bytes[at], 16);
    int low = Character.digit(bytes[at + 1], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
