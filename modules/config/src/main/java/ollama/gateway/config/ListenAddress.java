package ollama.gateway.config;

/**
 * Where the gateway listens. In the file: {@code 0.0.0.0:8080}, {@code [::1]:8080}, {@code
 * localhost:8080}, or {@code :8080} for every interface with IPv4 and IPv6. Port 0 takes a free
 * one.
 *
 * @param host an IPv4 address, an IPv6 address without brackets (a zone such as {@code %eth0} may
 *     follow), a name, or empty for every interface
 * @param port 0 to 65535; 0 lets the system choose a free one
 */
public record ListenAddress(String host, int port) {

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if the host is neither an address nor a name, or the port is
   *     out of its bounds
   */
  public ListenAddress {
    if (!host.isEmpty() && !HostSyntax.isNameOrIpv4(host) && !HostSyntax.isIpv6WithZone(host)) {
      throw new IllegalArgumentException("the host is neither an address nor a name");
    }
    HostSyntax.checkPort(port, 0);
  }

  /**
   * Reads what the file has.
   *
   * @param text host, colon and port
   * @return the address
   * @throws IllegalArgumentException if it doesn't have that form; the message says what is wrong
   */
  public static ListenAddress parse(String text) {
    if (text.contains("://")) {
      throw new IllegalArgumentException(
          "this isn't a URL, only a host, a colon and a port: write it as 0.0.0.0:8080, without"
              + " http:// and without a path");
    }
    if (!text.startsWith("[") && HostSyntax.isList(text)) {
      throw new IllegalArgumentException(
          "the gateway listens at one address: write one, without commas and spaces, or :8080 for"
              + " every interface");
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0 || text.endsWith("]")) {
      throw new IllegalArgumentException(
          "expected a host, a colon and a port, such as 0.0.0.0:8080, or :8080 for every"
              + " interface");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
      if (!HostSyntax.isIpv6WithZone(host)) {
        throw new IllegalArgumentException("what stands in brackets isn't an IPv6 address");
      }
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          HostSyntax.looksLikeIpv6(text)
              ? "an IPv6 address stands in brackets before its port, such as [::1]:8080"
              : "there are several colons: expected a host, a colon and a port, such as"
                  + " 0.0.0.0:8080");
    }
    return new ListenAddress(host, HostSyntax.port(text.substring(colon + 1), 0));
  }

  /**
   * What holds when the file says nothing.
   *
   * @return {@code 0.0.0.0:8080}
   */
  public static ListenAddress defaults() {
    return new ListenAddress("0.0.0.0", 8080);
  }

  /** The form of the file, such as {@code [::1]:8080}. */
  @Override
  public String toString() {
    return HostSyntax.bracketed(host) + ":" + port;
  }
}
