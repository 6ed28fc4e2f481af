package ollama.gateway.config;

import java.net.Inet6Address;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a host and a port look like, without asking any name server. */
final class HostSyntax {
  private static final int NAME_LENGTH_MAX = 253;
  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");
  private static final String LABEL = "[A-Za-z0-9_][A-Za-z0-9_-]{0,62}";
  private static final Pattern NAME = Pattern.compile("(?:" + LABEL + "\\.)*" + LABEL + "\\.?");

  /** Nobody means a name by a last label of digits: it is an address with a mistake in it. */
  private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(?:.*\\.)?[0-9]+\\.?");

  private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9A-Fa-f:.]+");
  private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9._-]{1,15}");

  private HostSyntax() {}

  static boolean isIpv4(String text) {
    return IPV4.matcher(text).matches();
  }

  /** Whether it is an IPv6 address without brackets and zone. */
  static boolean isIpv6(String text) {
    if (text.indexOf(':') < 0 || !IPV6_CHARACTERS.matcher(text).matches()) {
      return false;
    }
    try {
      Inet6Address.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** Whether it is an IPv6 address without brackets, with or without a zone (RFC 4007). */
  static boolean isIpv6WithZone(String text) {
    int zone = text.indexOf('%');
    return zone < 0
        ? isIpv6(text)
        : isIpv6(text.substring(0, zone)) && ZONE.matcher(text.substring(zone + 1)).matches();
  }

  /** Whether somebody meant an IPv6 address, perhaps with a port, and left the brackets out. */
  static boolean looksLikeIpv6(String text) {
    String address = text.substring(text.startsWith("[") ? 1 : 0);
    int colon = address.indexOf(':');
    int zone = address.indexOf('%');
    return colon != address.lastIndexOf(':')
        && !isIpv4(address.substring(0, Math.max(colon, 0)))
        && IPV6_CHARACTERS.matcher(zone < 0 ? address : address.substring(0, zone)).matches();
  }

  /** Whether there are several, as a variable may hold them: commas, semicolons, spaces. */
  static boolean isList(String text) {
    return text.chars().anyMatch(c -> c == ',' || c == ';' || Character.isWhitespace(c));
  }

  static boolean isNameOrIpv4(String text) {
    return isIpv4(text)
        || (text.length() <= NAME_LENGTH_MAX
            && NAME.matcher(text).matches()
            && !ENDS_IN_NUMBER.matcher(text).matches());
  }

  static String lowerCase(String host) {
    return host.toLowerCase(Locale.ROOT);
  }

  /** A host as it stands before a port: IPv6 addresses get their brackets. */
  static String bracketed(String host) {
    return host.indexOf(':') < 0 ? host : "[" + host + "]";
  }

  /** The port that the text names; digits only, since {@code Integer.parseInt} takes a sign. */
  static int port(String text, int min) {
    if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw badPort(min);
    }
    int port = Integer.parseInt(text);
    return checkPort(port, min);
  }

  static int checkPort(int port, int min) {
    if (port < min || port > 65_535) {
      throw badPort(min);
    }
    return port;
  }

  private static IllegalArgumentException badPort(int min) {
    return new IllegalArgumentException("a port is a whole number from " + min + " to 65535");
  }
}
