package ollama.gateway.config;

import java.util.List;

/**
 * The base URL of an Ollama server; starts with {@code http://}. In the file: {@code http://host},
 * which is port 80, {@code http://host:11434}, {@code http://[::1]:11434} or {@code
 * http://host:11434/base}; a trailing {@code /} may stand. There is no TLS to servers yet.
 *
 * @param host an IPv4 address, an IPv6 address without brackets, or a name; kept in lower case
 * @param port 1 to 65535; 80 if the file names none
 * @param basePath what stands before every path, such as {@code /base}, without a trailing {@code
 *     /}; empty if there is none
 */
public record UpstreamAddress(String host, int port, String basePath) {

  private static final String SCHEME = "http://";
  private static final int HTTP_PORT = 80;
  private static final String SEVERAL =
      "one server stands here, without commas and spaces: write each as a text of its own in the"
          + " list, also where a variable names several";

  /** What clients append to an address themselves. */
  private static final List<String> ROUTES =
      List.of(
          "/api",
          "/v1",
          "/api/chat",
          "/api/generate",
          "/api/embed",
          "/api/tags",
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/models");

  /**
   * Checks all three and brings the host into lower case.
   *
   * @throws IllegalArgumentException if the host is neither an address nor a name, the port is out
   *     of its bounds, or the base path isn't a path or ends with {@code /}
   */
  public UpstreamAddress {
    if (!HostSyntax.isNameOrIpv4(host) && !HostSyntax.isIpv6(host)) {
      throw new IllegalArgumentException(
          "the host is neither an address nor a name; write it as in http://localhost:11434");
    }
    host = HostSyntax.lowerCase(host);
    HostSyntax.checkPort(port, 1);
    if (!basePath.isEmpty()) {
      PathSyntax.checkPath(basePath);
      if (basePath.endsWith("/")) {
        throw new IllegalArgumentException("the base path ends with /");
      }
    }
  }

  // What the JVM would derive these from is made anew in each process, and takes it 30 ms.

  @Override
  public boolean equals(Object other) {
    return other instanceof UpstreamAddress(String itsHost, int itsPort, String itsBasePath)
        && itsPort == port
        && itsHost.equals(host)
        && itsBasePath.equals(basePath);
  }

  @Override
  public int hashCode() {
    return (host.hashCode() * 31 + port) * 31 + basePath.hashCode();
  }

  /**
   * Reads what the file has.
   *
   * @param text a URL
   * @return the address
   * @throws IllegalArgumentException if it doesn't have the form above; the message says what is
   *     wrong and never shows the text, which may hold a password
   */
  public static UpstreamAddress parse(String text) {
    if (startsWithIgnoringCase(text, "https://")) {
      throw new IllegalArgumentException(
          "TLS to servers is not supported yet: write http:// and reach the server over a network"
              + " that you trust");
    }
    if (!startsWithIgnoringCase(text, SCHEME)) {
      throw new IllegalArgumentException(
          "an address starts with http://, such as http://localhost:11434");
    }
    if (text.indexOf("://") != text.lastIndexOf("://")) {
      throw new IllegalArgumentException(SEVERAL);
    }
    refuse(text, '?', "an address can't have a query: remove everything from the ? on");
    refuse(text, '#', "an address can't have a fragment: remove everything from the # on");
    String rest = text.substring(SCHEME.length());
    int slash = rest.indexOf('/');
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    refuse(authority, ',', SEVERAL);
    refuse(authority, ';', SEVERAL);
    refuse(authority, '@', "user and password don't belong into an address: remove them");
    String path = slash < 0 ? "" : withoutTrailingSlashes(rest.substring(slash));
    return authority.startsWith("[") ? ofIpv6(authority, path) : ofName(authority, path);
  }

  private static UpstreamAddress ofIpv6(String authority, String path) {
    int end = authority.indexOf(']');
    String after = authority.substring(end + 1);
    if (end < 0
        || !(after.isEmpty() || after.startsWith(":"))
        || !HostSyntax.isIpv6(authority.substring(1, end))) {
      throw new IllegalArgumentException(
          "expected an IPv6 address in brackets and maybe a port, such as http://[::1]:11434");
    }
    return new UpstreamAddress(authority.substring(1, end), portAfter(after), path);
  }

  private static UpstreamAddress ofName(String authority, String path) {
    int colon = authority.indexOf(':');
    if (colon != authority.lastIndexOf(':')) {
      throw new IllegalArgumentException(
          HostSyntax.looksLikeIpv6(authority)
              ? "an IPv6 address stands in brackets, such as http://[::1]:11434"
              : "there are several colons: expected a host and maybe a colon and a port, such as"
                  + " http://localhost:11434");
    }
    String host = colon < 0 ? authority : authority.substring(0, colon);
    return new UpstreamAddress(host, portAfter(authority.substring(host.length())), path);
  }

  private static int portAfter(String colonAndPort) {
    return colonAndPort.isEmpty() ? HTTP_PORT : HostSyntax.port(colonAndPort.substring(1), 1);
  }

  private static String withoutTrailingSlashes(String path) {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  private static boolean startsWithIgnoringCase(String text, String prefix) {
    return text.regionMatches(true, 0, prefix, 0, prefix.length());
  }

  private static void refuse(String text, char character, String message) {
    if (text.indexOf(character) >= 0) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Whether the base path ends as a route does, which some clients want in an address. Requests
   * then go to such as {@code /v1/v1/models}: right only behind something that takes one of them
   * away.
   */
  boolean endsInRoute() {
    return ROUTES.stream().anyMatch(basePath::endsWith);
  }

  /**
   * The value for {@code Host} (RFC 9110 section 7.2).
   *
   * @return host and port, IPv6 addresses in brackets; the port is left out if it is 80
   */
  public String authority() {
    String bracketed = HostSyntax.bracketed(host);
    return port == HTTP_PORT ? bracketed : bracketed + ":" + port;
  }

  /**
   * The whole URL, for people.
   *
   * @return {@code http://host:port/base}; the port always stands
   */
  public String text() {
    return SCHEME + HostSyntax.bracketed(host) + ":" + port + basePath;
  }

  /** The same as {@link #text()}. */
  @Override
  public String toString() {
    return text();
  }
}
