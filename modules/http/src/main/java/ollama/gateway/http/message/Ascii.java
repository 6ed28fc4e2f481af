package ollama.gateway.http.message;

/** Character classes of RFC 9110 section 5.6.2 over single bytes. */
public final class Ascii {

  private static final boolean[] TOKEN = tokenTable();

  private Ascii() {}

  /** Whether the byte may stand in a token: a method or a field name. */
  public static boolean isToken(byte b) {
    return b >= 0 && TOKEN[b];
  }

  /** Whether all of a non-empty range is a token. */
  public static boolean isToken(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isToken(bytes[i])) {
        return false;
      }
    }
    return from < to;
  }

  /** Whether the byte is {@code 0} to {@code 9}. */
  public static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** The lower-case letter for an upper-case one; any other byte unchanged. */
  public static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
  }

  /** Whether the range equals {@code lowerCase} when letters are lowered. */
  public static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String lowerCase) {
    if (to - from != lowerCase.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (lower(bytes[i]) != lowerCase.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  private static boolean[] tokenTable() {
    boolean[] table = new boolean[128];
    for (char c = '0'; c <= '9'; c++) {
      table[c] = true;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      table[c] = true;
      table[c - 'a' + 'A'] = true;
    }
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      table[c] = true;
    }
    return table;
  }
}
