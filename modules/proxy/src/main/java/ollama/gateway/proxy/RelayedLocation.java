package ollama.gateway.proxy;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where a server's {@code Location} or {@code Content-Location} leads for the client (RFC 9110
 * sections 10.2.2 and 8.7): to the same thing through the gateway, and never to an address that
 * only the gateway can reach. What points to the world outside stays, and so does what is relative
 * to the request.
 *
 * <p>References are read as leniently as browsers do (WHATWG URL section 4.4), and told in a form
 * that all readers take alike. Only what is surely the name of a public host is outside.
 */
final class RelayedLocation {

  /**
   * Last labels of names that mean nothing outside a network: those of RFC 6761, RFC 6762 appendix
   * G and RFC 8375, and such as Kubernetes' own.
   */
  private static final Set<String> PRIVATE_LABELS =
      Set.of(
          "arpa",
          "corp",
          "home",
          "internal",
          "intranet",
          "lan",
          "local",
          "localdomain",
          "localhost",
          "private",
          "svc");

  private static final Separators PATH_STARTS = Separators.of("/?#");
  private static final Separators PATH_ENDS = Separators.of("?#");
  private static final Separators NO_HOST =
      Separators.allBut("abcdefghijklmnopqrstuvwxyz0123456789-_.");
  private static final Separators NO_DIGITS = Separators.allBut("0123456789");

  /** Nothing of a {@code Link} but its targets needs these. */
  private static final Separators ADDRESS_SIGNS = Separators.of(":\\<>\t");

  private RelayedLocation() {}

  /** Empty for what leads to neither, such as another scheme: the client isn't told. */
  static Optional<String> of(String received, Call call) {
    String reference = tidied(received);
    int scheme = schemeEnd(reference);
    if (scheme > 0 && !isHttp(reference.substring(0, scheme))) {
      return Optional.empty();
    }
    int authority = slashesEnd(reference, scheme);
    int slashes = authority - scheme;
    if (scheme == 0 && slashes == 0) {
      return Optional.of(reference);
    }
    String path = reference;
    if (scheme > 0 || slashes > 1) {
      int end = PATH_STARTS.next(reference, authority);
      if (isOutside(reference.substring(authority, end), call)) {
        return Optional.of(reference.substring(0, scheme) + "//" + reference.substring(authority));
      }
      path = absolute(reference.substring(end));
    }
    // With one slash at the start: what follows two is a host.
    String below = withoutBase(path, call.basePath());
    return Optional.of(call.target().keyPlace() + "/" + below.substring(slashesEnd(below, 0)));
  }

  /**
   * Whether a {@code Link} (RFC 8288 section 3) may pass as it is: all its targets stay what they
   * are, and nothing else in it looks like an address.
   */
  static boolean keepsLink(String link, Call call) {
    int from = 0;
    for (int open = link.indexOf('<'); open >= 0; open = link.indexOf('<', from)) {
      int close = link.indexOf('>', open);
      if (close < 0 || mayHoldAddress(link.substring(from, open))) {
        return false;
      }
      String target = link.substring(open + 1, close);
      if (!of(target, call).equals(Optional.of(target))) {
        return false;
      }
      from = close + 1;
    }
    return !mayHoldAddress(link.substring(from));
  }

  private static boolean mayHoldAddress(String parameters) {
    return ADDRESS_SIGNS.next(parameters, 0) < parameters.length() || parameters.contains("//");
  }

  /** Without what browsers skip, and with slashes for the backslashes that they take for such. */
  private static String tidied(String received) {
    String reference = received.replace("\t", "").trim();
    int pathEnd = PATH_ENDS.next(reference, 0);
    return reference.substring(0, pathEnd).replace('\\', '/') + reference.substring(pathEnd);
  }

  /** Behind the colon of a scheme, or 0; whatever else has a colon there is no reference. */
  private static int schemeEnd(String reference) {
    int colon = reference.indexOf(':');
    return colon >= 0 && PATH_STARTS.next(reference, 0) > colon ? colon + 1 : 0;
  }

  private static boolean isHttp(String scheme) {
    return scheme.equalsIgnoreCase("http:") || scheme.equalsIgnoreCase("https:");
  }

  private static int slashesEnd(String text, int from) {
    int i = from;
    while (i < text.length() && text.charAt(i) == '/') {
      i++;
    }
    return i;
  }

  /** Whether an authority is surely a name that the client can look up, and neither end's own. */
  private static boolean isOutside(String authority, Call call) {
    String host = host(authority);
    String port = authority.substring(Math.min(host.length() + 1, authority.length()));
    String name = withoutRoot(host.toLowerCase(Locale.ROOT));
    String lastLabel = name.substring(name.lastIndexOf('.') + 1);
    String own = host(call.host().orElse(""));
    return NO_HOST.next(name, 0) == name.length()
        && NO_DIGITS.next(port, 0) == port.length()
        && lastLabel.length() < name.length()
        // No number, decimal or hexadecimal, as the last one of an IPv4 address is.
        && !lastLabel.isEmpty()
        && Character.isLetter(lastLabel.charAt(0))
        && !PRIVATE_LABELS.contains(lastLabel)
        && !call.settings().isServer(name)
        && !name.equals(withoutRoot(own.toLowerCase(Locale.ROOT)));
  }

  /** Up to the port. */
  private static String host(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon < 0 ? authority : authority.substring(0, colon);
  }

  /** Without the dot at its end, which names the root of all names and changes nothing. */
  private static String withoutRoot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static String withoutBase(String path, String basePath) {
    int end = basePath.length();
    boolean below =
        path.startsWith(basePath) && (path.length() == end || PATH_STARTS.has(path.charAt(end)));
    return below ? absolute(path.substring(end)) : path;
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }
}
