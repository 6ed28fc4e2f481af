package ollama.gateway.http.server;

import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * The proxies in front of a server: who connects from there is somebody else's proxy.
 *
 * @param addresses whether an address is that of one
 * @param introduce whether their connections begin with a header of the PROXY protocol
 */
public record TrustedProxies(Predicate<InetAddress> addresses, boolean introduce) {

  /** Whoever connects is the client. */
  public static final TrustedProxies NONE = new TrustedProxies(client -> false, false);

  /** Whether an address is that of one. */
  boolean has(InetAddress peer) {
    return addresses.test(peer);
  }

  /** Whether a connection from there begins with telling whose it is. */
  boolean introduces(InetAddress peer) {
    return introduce && has(peer);
  }
}
