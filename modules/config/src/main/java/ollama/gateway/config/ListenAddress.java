package ollama.gateway.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where the gateway listens. In the file: {@code 0.0.0.0:8080}, {@code [::1]:8080}, {@code
 * localhost:8080}, or {@code :8080} for every interface with IPv4 and IPv6. Port 0 takes a free
 * one. {@code https://} before it has TLS spoken there, for which {@code tls} names a certificate,
 * and {@code http://} has not; without either it is spoken where there is a certificate.
 *
 * @param scheme {@code http}, {@code https}, or empty where the file has none
 * @param host an IPv4 address, an IPv6 address without brackets (a zone such as {@code %eth0} may
 *     follow), a name, or empty for every interface
 * @param port 0 to 65535; 0 lets the system choose a free one
 */
public record ListenAddress(String scheme, String host, int port) {

  private static final String HTTP = "http";
  private static final String HTTPS = "https";
  private static final String AFTER_SCHEME = "://";
  private static final int COUNT_MAX = 16;

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException if the scheme is another one, the host is neither an address
   *     nor a name, or the port is out of its bounds
   */
  public ListenAddress {
    if (!List.of("", HTTP, HTTPS).contains(scheme)) {
      throw new IllegalArgumentException(
          "expected http:// or https:// before the host, or neither, found " + scheme);
    }
    if (!host.isEmpty() && !HostSyntax.isNameOrIpv4(host) && !HostSyntax.isIpv6WithZone(host)) {
      throw new IllegalArgumentException("the host is neither an address nor a name");
    }
    HostSyntax.checkPort(port, 0);
  }

  /**
   * Reads what the file has.
   *
   * @param text host, colon and port, and maybe a scheme before them
   * @return the address
   * @throws IllegalArgumentException if it doesn't have that form; the message says what is wrong
   */
  public static ListenAddress parse(String text) {
    if (!text.startsWith("[") && HostSyntax.isList(text)) {
      throw new IllegalArgumentException(
          "one address stands here, without commas and spaces: write :8080 for every interface, or"
              + " each as a text of its own in a list");
    }
    int end = text.indexOf(AFTER_SCHEME);
    if (end == 0) {
      throw new IllegalArgumentException("expected http or https before ://");
    }
    return end < 0
        ? parse("", text)
        : parse(
            text.substring(0, end).toLowerCase(Locale.ROOT),
            text.substring(end + AFTER_SCHEME.length()));
  }

  private static ListenAddress parse(String scheme, String text) {
    if (text.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "no path stands here, and no / at the end: write host, colon and port, such as"
              + " https://0.0.0.0:8443");
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
    return new ListenAddress(scheme, host, HostSyntax.port(text.substring(colon + 1), 0));
  }

  /**
   * All that the file has.
   *
   * @param tlsBlock where it says something of TLS
   * @param tls what was read there
   */
  static List<ListenAddress> read(Block file, Block tlsBlock, TlsConfig tls) {
    String name = "gatewayAddress";
    // Where there are some, what is wrong with them has been said.
    boolean hasNoFiles =
        tlsBlock.value("certificate").isEmpty()
            && tlsBlock.value("privateKey").isEmpty()
            && tlsBlock.value("acme").isEmpty();
    List<ListenAddress> all = file.textOrTexts(name, List.of(defaults()), ListenAddress::parse);
    Set<String> places = new HashSet<>();
    for (ListenAddress address : all) {
      if (address.port != 0 && !places.add(address.place())) {
        file.wrong(name, "this has " + address.place() + " twice: take one out");
      }
      if (address.scheme.equals(HTTPS) && hasNoFiles) {
        file.wrong(
            name,
            address + " takes a certificate: name its file in tls.certificate, or write http");
      }
    }
    if (all.size() > COUNT_MAX) {
      file.wrong(name, "expected at most " + COUNT_MAX + " addresses, found " + all.size());
    }
    if (tls.isOn() && !all.isEmpty() && all.stream().noneMatch(a -> a.isSecured(tls))) {
      file.wrong(
          name,
          "tls has a certificate, and nothing here speaks TLS: write https:// before an address, or"
              + " take tls out");
    }
    return all;
  }

  /**
   * Whether TLS is spoken there.
   *
   * @param tls what the settings say of TLS
   */
  public boolean isSecured(TlsConfig tls) {
    return scheme.isEmpty() ? tls.isOn() : scheme.equals(HTTPS);
  }

  /** Whether this machine alone can reach it, as far as its text tells. */
  boolean isLocal() {
    return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
  }

  /** Host and port, such as {@code [::1]:8080}. */
  public String place() {
    return HostSyntax.bracketed(host) + ":" + port;
  }

  /**
   * What holds when the file says nothing.
   *
   * @return {@code 0.0.0.0:8080}
   */
  public static ListenAddress defaults() {
    return new ListenAddress("", "0.0.0.0", 8080);
  }

  /** The form of the file, such as {@code [::1]:8080} or {@code https://[::1]:8443}. */
  @Override
  public String toString() {
    return (scheme.isEmpty() ? "" : scheme + AFTER_SCHEME) + place();
  }
}
