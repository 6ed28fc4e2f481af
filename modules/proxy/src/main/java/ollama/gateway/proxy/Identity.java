package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.server.AddressText;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.Subscriber;

/**
 * Who asks: the same for limits, metrics, log and whatever else tells clients apart.
 *
 * @param exchange knows where the connection comes from
 * @param forwarded what is said of that by a proxy that is trusted; empty where nobody is
 * @param principal whose key it is; empty until one was found right
 */
record Identity(Exchange exchange, Optional<Forwarded> forwarded, Optional<Principal> principal) {

  /**
   * Who sends a request, by whichever proxies. Where these introduce their clients by the first
   * bytes of a connection, what stands in a request is the client's own words, unless the client is
   * a proxy again.
   */
  static Identity of(Exchange exchange, Settings settings) {
    InetAddress peer = exchange.client();
    boolean speaksForOthers =
        !settings.config().security().proxyProtocol() || exchange.isIntroduced();
    Optional<Forwarded> forwarded =
        speaksForOthers && settings.trustedProxies().contains(peer)
            ? Optional.of(Forwarded.of(settings, peer, exchange.request().fields()))
            : Optional.empty();
    return new Identity(exchange, forwarded, Optional.empty());
  }

  /** The client's address. */
  InetAddress address() {
    return forwarded.isPresent() ? forwarded.get().way().client() : exchange.client();
  }

  /** The same as it is written everywhere. */
  String text() {
    return forwarded.isPresent() ? AddressText.of(address()) : exchange.clientText();
  }

  /** What limits count as one client: an IPv4 address or an IPv6 /64. */
  Subscriber subscriber() {
    return forwarded.isPresent() ? Subscriber.of(address()) : exchange.subscriber();
  }

  /** Whether proxies that are trusted leave it open who it is. */
  boolean isUnclear() {
    return forwarded.isPresent() && forwarded.get().isUnclear();
  }

  /** The name of the key; empty without a right one. */
  String keyName() {
    return principal.map(Principal::name).orElse("");
  }

  /** The same client, known by its key. */
  Identity with(Optional<Principal> found) {
    return new Identity(exchange, forwarded, found);
  }
}
