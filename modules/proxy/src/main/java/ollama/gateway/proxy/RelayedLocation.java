package ollama.gateway.proxy;

import java.util.Locale;
import java.util.Set;
import ollama.gateway.http.message.KnownField;

/**
 * Where a server's {@code Location} or {@code Content-Location} leads for the client (RFC 9110
 * sections 10.2.2 and 8.7): to the same thing through the gateway, and never to an address that
 * only the gateway can reach. What points to the world outside stays as it is, and so does what is
 * relative to the request.
 */
final class RelayedLocation {

  /** Last labels of names that mean nothing outside a network. */
  private static final Set<String> PRIVATE_LABELS =
      Set.of("arpa", "internal", "lan", "local", "localdomain", "localhost", "svc");

  private RelayedLocation() {}

  static String of(String reference, GatewayRequest request) {
    int authority = authority(reference);
    String path = reference;
    if (authority >= 0) {
      int end = authorityEnd(reference, authority);
      if (!isInside(host(reference.substring(authority, end)), request)) {
        return reference;
      }
      path = absolute(reference.substring(end));
    } else if (!reference.startsWith("/")) {
      return reference;
    }
    return request.target().keyPlace() + withoutSlashes(withoutBase(path, request.basePath()));
  }

  /** Where the authority begins; -1 if there is none. */
  private static int authority(String reference) {
    for (String start : new String[] {"//", "http://", "https://"}) {
      if (reference.regionMatches(true, 0, start, 0, start.length())) {
        return start.length();
      }
    }
    return -1;
  }

  private static int authorityEnd(String reference, int from) {
    int end = from;
    while (end < reference.length() && "/\\?#".indexOf(reference.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  /** Without userinfo, port and brackets. */
  private static String host(String authority) {
    String hostPort = authority.substring(authority.lastIndexOf('@') + 1);
    if (hostPort.startsWith("[")) {
      int end = hostPort.indexOf(']');
      return hostPort.substring(1, Math.max(end, 1));
    }
    int colon = hostPort.indexOf(':');
    return colon < 0 ? hostPort : hostPort.substring(0, colon);
  }

  private static boolean isInside(String written, GatewayRequest request) {
    String host = withoutRoot(written.toLowerCase(Locale.ROOT));
    String own = request.head().fields().first(KnownField.HOST).orElse("");
    String lastLabel = host.substring(host.lastIndexOf('.') + 1);
    return host.equals(host(own).toLowerCase(Locale.ROOT))
        || request.settings().isServer(host)
        || lastLabel.length() == host.length()
        || host.indexOf(':') >= 0
        || PRIVATE_LABELS.contains(lastLabel)
        || isNumber(lastLabel);
  }

  /** Without the dot at its end, which names the root of all names and changes nothing. */
  private static String withoutRoot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  /** As the last label of an IPv4 address is, and that of no name. */
  private static boolean isNumber(String label) {
    for (int i = 0; i < label.length(); i++) {
      if (label.charAt(i) < '0' || label.charAt(i) > '9') {
        return false;
      }
    }
    return !label.isEmpty();
  }

  private static String withoutBase(String path, String basePath) {
    int end = basePath.length();
    boolean below =
        path.startsWith(basePath) && (path.length() == end || "/?#".indexOf(path.charAt(end)) >= 0);
    return below ? absolute(path.substring(end)) : path;
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  /** With one at the start: what follows two is a host, and for many clients behind a backslash. */
  private static String withoutSlashes(String path) {
    int from = 1;
    while (from < path.length() && (path.charAt(from) == '/' || path.charAt(from) == '\\')) {
      from++;
    }
    return "/" + path.substring(from);
  }
}
