package ollama.gateway.config;

import java.util.List;

/**
 * Who may connect, and whether a key may stand in the path.
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
 */
public record SecurityConfig(
    List<AddressRange> allowIps,
    List<AddressRange> denyIps,
    boolean keyInPath,
    int maxFailuresPerMinute) {

  static final Bounds MAX_FAILURES = Bounds.orNone(1_000_000);

  /** Copies the lists. */
  public SecurityConfig {
    allowIps = List.copyOf(allowIps);
    denyIps = List.copyOf(denyIps);
    MAX_FAILURES.check("maxFailuresPerMinute", maxFailuresPerMinute);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return everybody may connect, and no key in the path
   */
  public static SecurityConfig defaults() {
    return new SecurityConfig(List.of(), List.of(), false, 600);
  }

  /** What stands in the file, or the default of what doesn't. */
  static SecurityConfig read(Block block) {
    SecurityConfig defaults = defaults();
    return new SecurityConfig(
        AddressRangeReader.read(block, "allowIps"),
        AddressRangeReader.read(block, "denyIps"),
        block.flag("keyInPath", defaults.keyInPath()),
        block.whole("maxFailuresPerMinute", defaults.maxFailuresPerMinute(), MAX_FAILURES));
  }
}
