package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.Subscriber;

/**
 * Who asks: the same for limits, metrics, log and whatever else tells clients apart.
 *
 * @param exchange knows where the connection comes from
 * @param principal whose key it is; empty until one was found right
 */
record Identity(Exchange exchange, Optional<Principal> principal) {

  /** The client's address. */
  InetAddress address() {
    return exchange.client();
  }

  /** The same as it is written everywhere. */
  String text() {
    return exchange.clientText();
  }

  /** What limits count as one client: an IPv4 address or an IPv6 /64. */
  Subscriber subscriber() {
    return exchange.subscriber();
  }

  /** The name of the key; empty without a right one. */
  String keyName() {
    return principal.map(Principal::name).orElse("");
  }

  /** The same client, known by its key. */
  Identity with(Optional<Principal> found) {
    return new Identity(exchange, found);
  }
}
