package ollama.gateway.config;

import java.util.List;

/**
 * Who may connect, whether a key may stand in the path, and who is believed to say who asks.
 *
 * @param allowIps addresses and ranges that may, such as {@code 10.0.0.0/8}; an empty list allows
 *     all; default none
 * @param denyIps addresses and ranges that may not, even if they are allowed, such as {@code
 *     10.1.2.3}; default none
 * @param keyInPath whether {@code /k/KEY/…} may carry the key instead of a header, for clients that
 *     can't send one; paths end up in logs; default false
 * @param maxFailuresPerMinute requests of one client, an IPv4 address or an IPv6 /64, that come
 *     with a wrong key in any minute, or have a key in the path or query where none belongs; beyond
 *     that further ones get 429 instead of 401 or 404, and their connection ends; so does a right
 *     key then, unless it came from there within the last hour. One without a key is no guess and
 *     doesn't count. Clients are remembered as {@code limits.rateLimitedClients} says; 0 (no limit)
 *     to 1000000; default 600
 * @param trustedProxies addresses and ranges of the proxies in front of the gateway, such as {@code
 *     127.0.0.1}; from these, and nobody else, {@code X-Forwarded-For} and {@code Forwarded} are
 *     believed: the client is the address nearest to the gateway that isn't in this list (the
 *     farthest where all are; the nearest proxy that doesn't say), for limits, address rules, the
 *     log and the servers; each must set or add to one of these with every request, since one that
 *     passes on what a client wrote lets everybody be anybody; {@code limits.connectionsPerAddress}
 *     doesn't hold for the proxies themselves; default none
 * @param proxyProtocol whether each connection from {@code trustedProxies} begins with a header of
 *     the PROXY protocol, version 1 or 2, that says who the client is, as HAProxy's {@code
 *     send-proxy} or nginx's {@code proxy_protocol} have it; one without is refused, and so is a
 *     connection from anybody else that has one; default false
 */
public record SecurityConfig(
    List<AddressRange> allowIps,
    List<AddressRange> denyIps,
    boolean keyInPath,
    int maxFailuresPerMinute,
    List<AddressRange> trustedProxies,
    boolean proxyProtocol) {

  static final Bounds MAX_FAILURES = Bounds.orNone(1_000_000);

  /** Copies the lists. */
  public SecurityConfig {
    allowIps = List.copyOf(allowIps);
    denyIps = List.copyOf(denyIps);
    trustedProxies = List.copyOf(trustedProxies);
    MAX_FAILURES.check("maxFailuresPerMinute", maxFailuresPerMinute);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return everybody may connect, no key in the path, and nobody is believed to say who asks
   */
  public static SecurityConfig defaults() {
    return new SecurityConfig(List.of(), List.of(), false, 600, List.of(), false);
  }

  /** What stands in the file, or the default of what doesn't. */
  static SecurityConfig read(Block block) {
    SecurityConfig defaults = defaults();
    boolean proxyProtocol = block.flag("proxyProtocol", defaults.proxyProtocol());
    if (proxyProtocol && block.list("trustedProxies").isEmpty()) {
      block.wrong(
          "proxyProtocol",
          "this is for the proxies of security.trustedProxies, and there are none: write their"
              + " addresses there, since whoever connects could say that it is somebody else");
    }
    List<AddressRange> trusted = AddressRangeReader.read(block, "trustedProxies");
    if (trusted.stream().anyMatch(range -> range.prefixBits() == 0)) {
      block.doubtful(
          "trustedProxies",
          "this trusts whoever connects, so that everybody can say to be somebody else: write the"
              + " addresses of your proxies alone");
    }
    return new SecurityConfig(
        AddressRangeReader.read(block, "allowIps"),
        AddressRangeReader.read(block, "denyIps"),
        block.flag("keyInPath", defaults.keyInPath()),
        block.whole("maxFailuresPerMinute", defaults.maxFailuresPerMinute(), MAX_FAILURES),
        trusted,
        proxyProtocol);
  }
}
