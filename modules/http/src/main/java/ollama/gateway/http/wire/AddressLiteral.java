package ollama.gateway.http.wire;

import java.net.InetAddress;
import java.util.Optional;

/** Addresses as peers write them; no name server is ever asked. */
public final class AddressLiteral {

  private static final int LENGTH_MAX = 45;
  private static final int IPV4_PARTS = 4;
  private static final int PART_DIGITS_MAX = 3;

  private AddressLiteral() {}

  /**
   * Reads one.
   *
   * @param text four decimal numbers with dots, or an IPv6 address (RFC 4291 section 2.2) without
   *     brackets and zone
   * @return the address, IPv4 where it is IPv4-mapped; empty for whatever else the text is
   */
  public static Optional<InetAddress> parse(String text) {
    boolean isIpv6 = text.indexOf(':') >= 0;
    if (text.length() > LENGTH_MAX || !(isIpv6 ? hasIpv6Characters(text) : isIpv4(text))) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static boolean hasIpv6Characters(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ':' && c != '.' && (c > 'f' || Character.digit(c, 16) < 0)) {
        return false;
      }
    }
    return true;
  }

  /** Without zeros in front, which some read as octal; that each part is small is seen later. */
  private static boolean isIpv4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != IPV4_PARTS) {
      return false;
    }
    for (String part : parts) {
      boolean hasZeroInFront = part.length() > 1 && part.charAt(0) == '0';
      if (part.isEmpty() || part.length() > PART_DIGITS_MAX || hasZeroInFront || !isWhole(part)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWhole(String part) {
    for (int i = 0; i < part.length(); i++) {
      if (part.charAt(i) < '0' || part.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
