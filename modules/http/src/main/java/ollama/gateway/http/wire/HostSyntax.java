package ollama.gateway.http.wire;

import java.nio.charset.StandardCharsets;
import ollama.gateway.http.message.Ascii;

/** {@code Host = uri-host [ ":" port ]}, RFC 9110 section 7.2, without the comma of sub-delims. */
final class HostSyntax {

  private static final int PORT_MAX = 65_535;
  private static final int PORT_DIGITS_MAX = 5;
  private static final boolean[] REG_NAME = regNameTable();

  private HostSyntax() {}

  static boolean isValid(byte[] bytes, int from, int to) {
    int end;
    if (from < to && bytes[from] == '[') {
      end = ipv6End(bytes, from, to);
    } else {
      end = from;
      while (end < to && bytes[end] >= 0 && REG_NAME[bytes[end]]) {
        end++;
      }
    }
    return end > from && (end == to || (bytes[end] == ':' && isPort(bytes, end + 1, to)));
  }

  /** The index after the bracket that closes an address, or {@code from} if there is none. */
  private static int ipv6End(byte[] bytes, int from, int to) {
    boolean colon = false;
    for (int i = from + 1; i < to; i++) {
      byte b = bytes[i];
      if (b == ']') {
        return colon ? i + 1 : from;
      }
      colon |= b == ':';
      if (b != ':' && b != '.' && Character.digit(b, 16) < 0) {
        return from;
      }
    }
    return from;
  }

  private static boolean isPort(byte[] bytes, int from, int to) {
    if (from == to || to - from > PORT_DIGITS_MAX) {
      return false;
    }
    int port = 0;
    for (int i = from; i < to; i++) {
      if (!Ascii.isDigit(bytes[i])) {
        return false;
      }
      port = port * 10 + (bytes[i] - '0');
    }
    return port >= 1 && port <= PORT_MAX;
  }

  private static boolean[] regNameTable() {
    boolean[] table = new boolean[128];
    for (char c = 0; c < table.length; c++) {
      table[c] = Character.isLetterOrDigit(c);
    }
    for (byte b : "-._~%!$&'()*+;=".getBytes(StandardCharsets.US_ASCII)) {
      table[b] = true;
    }
    return table;
  }
}
