package ollama.gateway.http.wire;

/** {@code Host = uri-host [ ":" port ]}, RFC 9110 section 7.2, without the comma of sub-delims. */
final class HostSyntax {

  private static final String REG_NAME_PUNCTUATION = "-._~%!$&'()*+;=";
  private static final int PORT_MAX = 65_535;

  private HostSyntax() {}

  static boolean isValid(String value) {
    int end;
    if (value.startsWith("[")) {
      end = value.indexOf(']') + 1;
      if (end < 3 || !isIpv6(value.substring(1, end - 1))) {
        return false;
      }
    } else {
      end = 0;
      while (end < value.length() && isRegName(value.charAt(end))) {
        end++;
      }
      if (end == 0) {
        return false;
      }
    }
    return end == value.length() || (value.charAt(end) == ':' && isPort(value.substring(end + 1)));
  }

  private static boolean isIpv6(String text) {
    boolean colon = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      colon |= c == ':';
      if (c != ':' && c != '.' && Character.digit(c, 16) < 0) {
        return false;
      }
    }
    return colon;
  }

  private static boolean isRegName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || REG_NAME_PUNCTUATION.indexOf(c) >= 0;
  }

  private static boolean isPort(String text) {
    if (text.isEmpty() || text.length() > 5) {
      return false;
    }
    int port = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
      port = port * 10 + (c - '0');
    }
    return port >= 1 && port <= PORT_MAX;
  }
}
