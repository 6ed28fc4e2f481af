package ollama.gateway.auth;

import java.net.InetAddress;
import ollama.gateway.config.SecurityConfig;

/**
 * Which addresses may come in: a denied one never may, and if any are allowed by name, nobody else
 * may. Immutable and safe for any number of threads; a look-up is two binary searches, so thousands
 * of rules cost about as much as one.
 */
public final class AddressRules {
  private final AddressSet allowed;
  private final AddressSet denied;

  /**
   * Makes the rules of these settings.
   *
   * @param security the settings; an empty list of allowed ranges allows every address
   */
  public AddressRules(SecurityConfig security) {
    allowed = new AddressSet(security.allowIps());
    denied = new AddressSet(security.denyIps());
  }

  /**
   * Decides on one address. An IPv4-mapped IPv6 address is the IPv4 address, and the zone of a
   * link-local one doesn't count.
   *
   * @param client the address of the peer
   * @return whether it may come in
   */
  public boolean allows(InetAddress client) {
    return !denied.contains(client) && (allowed.isEmpty() || allowed.contains(client));
  }
}
