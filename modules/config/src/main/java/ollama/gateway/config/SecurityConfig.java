package ollama.gateway.config;

import java.util.List;

/**
 * Who may connect.
 *
 * @param allowIps addresses and ranges that may; empty, the default, allows all
 * @param denyIps addresses and ranges that may not, even if they are allowed; default none
 * @param keyInPath whether a key may stand in the path instead of a header, for clients that can't
 *     send one; default false, because paths end up in logs
 */
public record SecurityConfig(
    List<AddressRange> allowIps, List<AddressRange> denyIps, boolean keyInPath) {

  /** Copies the lists. */
  public SecurityConfig {
    allowIps = List.copyOf(allowIps);
    denyIps = List.copyOf(denyIps);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return everybody may connect, and no key in the path
   */
  public static SecurityConfig defaults() {
    return new SecurityConfig(List.of(), List.of(), false);
  }
}
