package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.auth.AddressSet;

/**
 * The way of a request through proxies that are trusted.
 *
 * @param client the address nearest to here that is no trusted proxy's, or the farthest where they
 *     all are; where a proxy doesn't say whose address it has seen, that proxy
 * @param proxies those between the client and here, the nearest last; empty where the client is who
 *     sent it
 * @param scheme what the client used, as far as that is told with its address; else empty
 */
record ForwardedWay(InetAddress client, List<InetAddress> proxies, String scheme) {

  /**
   * The way back, as far as it is told by who is trusted.
   *
   * @param peer a trusted proxy, which has sent the request
   * @param hops what was said on the way, the latest last
   */
  static ForwardedWay of(InetAddress peer, List<ForwardedHop> hops, AddressSet trusted) {
    List<InetAddress> proxies = new ArrayList<>();
    InetAddress client = peer;
    String scheme = "";
    for (int i = hops.size() - 1; i >= 0 && trusted.contains(client); i--) {
      Optional<InetAddress> from = hops.get(i).address();
      if (from.isEmpty()) {
        break;
      }
      proxies.addFirst(client);
      client = from.get();
      scheme = hops.get(i).scheme();
    }
    return new ForwardedWay(client, List.copyOf(proxies), scheme);
  }
}
