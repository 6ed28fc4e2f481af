package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.wire.AddressLiteral;

/**
 * What one proxy says of where it has a request from.
 *
 * @param node the address, maybe with a port, as it is written; or a word of the proxy's own, or
 *     nothing
 * @param scheme how it was asked; empty where it doesn't say
 */
record ForwardedHop(String node, String scheme) {

  /** The latest are read, which is more than anybody has in a row. */
  static final int HOPS_MAX = 64;

  private static final int PORT_DIGITS_MAX = 5;

  /**
   * Those of {@code X-Forwarded-For}, the latest last. It has no quotes: one that a client wrote
   * mustn't hide what its proxy has put behind it.
   */
  static List<ForwardedHop> older(Fields fields) {
    List<String> members = new ArrayList<>();
    for (String line : lines(fields, KnownField.X_FORWARDED_FOR)) {
      Collections.addAll(members, line.split(",", -1));
    }
    return latest(members).stream().map(member -> new ForwardedHop(member.strip(), "")).toList();
  }

  /**
   * Those of {@code Forwarded} (RFC 7239 section 4), the latest last.
   *
   * @return empty where a line leaves a quote open, as a client does to hide what its proxy puts
   *     behind that
   */
  static Optional<List<ForwardedHop>> newer(Fields fields) {
    List<String> members = new ArrayList<>();
    for (String line : lines(fields, KnownField.FORWARDED)) {
      Optional<List<String>> ofLine = split(line, ',');
      if (ofLine.isEmpty()) {
        return Optional.empty();
      }
      members.addAll(ofLine.get());
    }
    return Optional.of(latest(members).stream().map(ForwardedHop::newer).toList());
  }

  private static ForwardedHop newer(String member) {
    String node = "";
    String scheme = "";
    // A quote that is open at the end is so at that of the line.
    for (String pair : split(member, ';').orElse(List.of())) {
      int equals = pair.indexOf('=');
      String name = pair.substring(0, Math.max(equals, 0));
      String value = unquoted(pair.substring(equals + 1));
      if (name.equalsIgnoreCase("for")) {
        node = value;
      } else if (name.equalsIgnoreCase("proto")) {
        scheme = value;
      }
    }
    return new ForwardedHop(node, scheme);
  }

  /**
   * The address, with or without a port; empty for {@code unknown}, an obfuscated one (RFC 7239
   * section 6.3) or a name, which is never looked up.
   */
  Optional<InetAddress> address() {
    int bracket = node.startsWith("[") ? node.indexOf(']') : -1;
    if (bracket > 0) {
      String inside = node.substring(1, bracket);
      boolean isIpv6 = inside.indexOf(':') >= 0;
      return isIpv6 && isPort(node.substring(bracket + 1))
          ? AddressLiteral.parse(inside)
          : Optional.empty();
    }
    int colon = node.indexOf(':');
    if (colon < 0 || colon != node.lastIndexOf(':')) {
      return AddressLiteral.parse(node);
    }
    return isPort(node.substring(colon))
        ? AddressLiteral.parse(node.substring(0, colon))
        : Optional.empty();
  }

  /** Whether it is nothing, or a colon and some digits. */
  private static boolean isPort(String behind) {
    if (behind.isEmpty()) {
      return true;
    }
    int digits = behind.length() - 1;
    return behind.charAt(0) == ':'
        && digits >= 1
        && digits <= PORT_DIGITS_MAX
        && behind.chars().skip(1).allMatch(c -> c >= '0' && c <= '9');
  }

  private static List<String> latest(List<String> members) {
    return members.subList(Math.max(0, members.size() - HOPS_MAX), members.size());
  }

  private static List<String> lines(Fields fields, KnownField name) {
    List<String> lines = new ArrayList<>();
    for (int i = fields.indexOf(name, 0); i >= 0; i = fields.indexOf(name, i + 1)) {
      lines.add(fields.value(i));
    }
    return lines;
  }

  /** The pieces between separators that stand outside of quotes; none if a quote is left open. */
  private static Optional<List<String>> split(String text, char separator) {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    boolean isQuoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && isQuoted) {
        i++;
      } else if (c == '"') {
        isQuoted = !isQuoted;
      } else if (c == separator && !isQuoted) {
        pieces.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    pieces.add(text.substring(from).strip());
    return isQuoted ? Optional.empty() : Optional.of(pieces);
  }

  private static String unquoted(String value) {
    boolean isQuoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return isQuoted ? value.substring(1, value.length() - 1) : value;
  }
}
