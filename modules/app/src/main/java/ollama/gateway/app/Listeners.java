package ollama.gateway.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.tls.TlsServer;

/** Where a gateway listens. Opened once, by one thread; read after that. */
final class Listeners {

  private final HttpServer server;
  private final List<Listening> all = new ArrayList<>();
  private final List<InetSocketAddress> bound = new ArrayList<>();

  Listeners(HttpServer server) {
    this.server = server;
  }

  /** As the settings have them. */
  List<Listening> all() {
    return List.copyOf(all);
  }

  /** Every address: a name in the settings may stand for several. */
  List<InetSocketAddress> bound() {
    return List.copyOf(bound);
  }

  /**
   * Listens wherever the settings say.
   *
   * @param tls is spoken where they say so
   * @throws IOException when one can't be bound; the message names it, and what to do
   */
  void open(GatewayConfig config, Supplier<TlsServer> tls) throws IOException {
    for (ListenAddress address : config.gatewayAddress()) {
      Optional<Supplier<TlsServer>> spoken =
          address.isSecured(config.tls()) ? Optional.of(tls) : Optional.empty();
      try {
        all.add(new Listening(address, bind(address, spoken)));
      } catch (IOException e) {
        throw new IOException(refused(address, String.valueOf(e.getMessage())), e);
      }
    }
  }

  /** Binds all that a name stands for; returns the first. */
  private InetSocketAddress bind(ListenAddress address, Optional<Supplier<TlsServer>> tls)
      throws IOException {
    int first = bound.size();
    for (Optional<InetAddress> host : hosts(address)) {
      // All get the port that was chosen for the first.
      int port = bound.size() == first ? address.port() : bound.get(first).getPort();
      InetSocketAddress wanted =
          host.map(one -> new InetSocketAddress(one, port))
              .orElseGet(() -> new InetSocketAddress(port));
      bound.add(tls.isPresent() ? server.listenWithTls(wanted, tls.get()) : server.listen(wanted));
    }
    return bound.get(first);
  }

  /** What a host stands for; an empty one for every interface. */
  private static List<Optional<InetAddress>> hosts(ListenAddress address) throws IOException {
    if (address.host().isEmpty()) {
      return List.of(Optional.empty());
    }
    List<Optional<InetAddress>> hosts = new ArrayList<>();
    for (InetAddress host : InetAddress.getAllByName(address.host())) {
      hosts.add(Optional.of(host));
    }
    return hosts;
  }

  private static String refused(ListenAddress address, String why) {
    boolean isForbidden = why.contains("Permission denied");
    return "the gateway can't listen on "
        + address
        + ": "
        + why
        + (isForbidden
            ? "; a port below 1024 is for those with CAP_NET_BIND_SERVICE: let the system give"
                + " that, or change gatewayAddress"
            : "; stop what uses that address (or does another one of gatewayAddress have it?), or"
                + " change gatewayAddress");
  }
}
