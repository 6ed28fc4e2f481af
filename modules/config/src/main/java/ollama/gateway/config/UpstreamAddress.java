package ollama.gateway.config;

import java.util.List;

/**
 * The base URL of an Ollama server; starts with {@code http}, for TLS with {@code https}. In the
 * file: {@code http://host}, which is port 80, {@code http://host:11434}, {@code
 * http://[::1]:11434}, {@code http://host:11434/base} or {@code https://ollama.com}, which is port
 * 443; a trailing {@code /} may stand.
 *
 * @param host an IPv4 address, an IPv6 address without brackets, or a name; kept in lower case
 * @param port 1 to 65535; 80 if the file names none, or 443
 * @param basePath what stands before every path, such as {@code /base}, without a trailing {@code
 *     /}; empty if there is none
 * @param secured whether TLS is spoken there
 */
public record UpstreamAddress(String host, int port, String basePath, boolean secured) {

  private static final String HTTP = "http://";
  private static final String HTTPS = "https://";
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
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
   * Checks them and brings the host into lower case.
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

  /**
   * One where no TLS is spoken.
   *
   * @throws IllegalArgumentException as above
   */
  public UpstreamAddress(String host, int port, String basePath) {
    this(host, port, basePath, false);
  }

  // What the JVM would derive these from is made anew in each process, and takes it 30 ms.

  @Override
  public boolean equals(Object other) {
    return other instanceof UpstreamAddress it
        && it.port == port
        && it.secured == secured
        && it.host.equals(host)
        && it.basePath.equals(basePath);
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
    boolean https = startsWithIgnoringCase(text, HTTPS);
    if (!https && !startsWithIgnoringCase(text, HTTP)) {
      throw new IllegalArgumentException(
          "an address starts with http:// or https://, such as http://localhost:11434");
    }
    if (text.indexOf("://") != text.lastIndexOf("://")) {
      throw new IllegalArgumentException(SEVERAL);
    }
    refuse(text, '?', "an address can't have a query: remove everything from the ? on");
    refuse(text, '#', "an address can't have a fragment: remove everything from the # on");
    String rest = text.substring((https ? HTTPS : HTTP).length());
    int slash = rest.indexOf('/');
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    refuse(authority, ',', SEVERAL);
    refuse(authority, ';', SEVERAL);
    refuse(authority, '@', "user and password don't belong into an address: remove them");
    String path = slash < 0 ? "" : withoutTrailingSlashes(rest.substring(slash));
    return authority.startsWith("[")
        ? ofIpv6(authority, path, https)
        : ofName(authority, path, https);
  }

  private static UpstreamAddress ofIpv6(String authority, String path, boolean https) {
    int end = authority.indexOf(']');
    String after = authority.substring(end + 1);
    if (end < 0
        || !(after.isEmpty() || after.startsWith(":"))
        || !HostSyntax.isIpv6(authority.substring(1, end))) {
      throw new IllegalArgumentException(
          "expected an IPv6 address in brackets and maybe a port, such as http://[::1]:11434");
    }
    return new UpstreamAddress(authority.substring(1, end), portAfter(after, https), path, https);
  }

  private static UpstreamAddress ofName(String authority, String path, boolean https) {
    int colon = authority.indexOf(':');
    if (colon != authority.lastIndexOf(':')) {
      throw new IllegalArgumentException(
          HostSyntax.looksLikeIpv6(authority)
              ? "an IPv6 address stands in brackets, such as http://[::1]:11434"
              : "there are several colons: expected a host and maybe a colon and a port, such as"
                  + " http://localhost:11434");
    }
    String host = colon < 0 ? authority : authority.substring(0, colon);
    int port = portAfter(authority.substring(host.length()), https);
    return new UpstreamAddress(host, port, path, https);
  }

  private static int portAfter(String colonAndPort, boolean https) {
    return colonAndPort.isEmpty()
        ? usualPort(https)
        : HostSyntax.port(colonAndPort.substring(1), 1);
  }

  private static int usualPort(boolean https) {
    return https ? HTTPS_PORT : HTTP_PORT;
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
   * @return host and port, IPv6 addresses in brackets; the port is left out if it is the scheme's
   *     usual one
   */
  public String authority() {
    String bracketed = HostSyntax.bracketed(host);
    return port == usualPort(secured) ? bracketed : bracketed + ":" + port;
  }

  /**
   * The whole URL, for people.
   *
   * @return {@code http://host:port/base} or the same with {@code https}; the port always stands
   */
  public String text() {
    return (secured ? HTTPS : HTTP) + HostSyntax.bracketed(host) + ":" + port + basePath;
  }

  /** The same as {@link #text()}. */
  @Override
  public String toString() {
    return text();
  }
}
