package ollama.gateway.auth;

import java.net.InetAddress;
import java.util.List;
import ollama.gateway.config.AddressRange;

/**
 * Which addresses may come in: a denied one never may, and if any are allowed by name, nobody else
 * may. Immutable and safe for any number of threads; a look-up is two binary searches, so thousands
 * of rules cost about as much as one.
 */
public final class AddressRules {
  /** Every address may come in. */
  static final AddressRules ALL = new AddressRules(List.of(), List.of());

  private final AddressSet allowed;
  private final AddressSet denied;

  /**
   * Makes rules.
   *
   * @param allow who may come in; an empty list allows every address
   * @param deny who may not, even if allowed
   */
  public AddressRules(List<AddressRange> allow, List<AddressRange> deny) {
    allowed = new AddressSet(allow);
    denied = new AddressSet(deny);
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
