package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All that take turns in one run, and who takes part in what. */
final class Peers implements AutoCloseable {

  private final Options options;
  private final List<Peer> running = new ArrayList<>();

  /** Starts them; says who isn't here. */
  Peers(Options options, int upstreamPort) throws IOException, InterruptedException {
    this.options = options;
    try {
      start(upstreamPort);
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void start(int upstreamPort) throws IOException, InterruptedException {
    Optional<TlsPair> tls =
        options.tls() ? Optional.of(TlsPair.make(options.folder())) : Optional.empty();
    Setup setup = new Setup(options.folder(), upstreamPort, tls);
    running.add(Peer.direct(upstreamPort));
    startGateway(Peer.GATEWAY, setup);
    startGateway(Peer.GATEWAY_NIO, setup);
    if (options.scenarios().contains(Scenario.SMALL)) {
      startGateway(Peer.GATEWAY_LOGGING, setup);
    }
    startGateway(Peer.GATEWAY_SEEN, setup);
    startShared(setup);
    if (options.scenarios().contains(Scenario.CHAT)) {
      startGateway(Peer.GATEWAY_KEYS, setup);
      startGateway(Peer.GATEWAY_TWO, setup);
    }
    if (options.before().isPresent()) {
      running.add(GatewayPeer.start(Peer.GATEWAY_BEFORE, options.before().get(), setup));
    }
    Optional<String> nginx = Programs.find("nginx");
    if (nginx.isPresent()) {
      running.add(Peer.nginx(Peer.NGINX, nginx.get(), setup));
      if (options.scenarios().stream().anyMatch(Scenario::large)) {
        running.add(Peer.nginx(Peer.NGINX_64K, nginx.get(), setup));
      }
    } else {
      System.out.println("nginx isn't here and isn't measured: apt-get install nginx-light");
    }
    Optional<String> haproxy = Programs.find("haproxy");
    if (haproxy.isPresent()) {
      running.add(Peer.haproxy(haproxy.get(), setup));
    } else {
      System.out.println("HAProxy isn't here and isn't measured: apt-get install haproxy");
    }
    if (!options.tls()) {
      running.addAll(Pumps.start(options.pumps(), options.folder(), upstreamPort));
    }
  }

  /** The full image, and the store that it asks. */
  private void startShared(Setup setup) throws IOException {
    Path full =
        options
            .launcher()
            .toAbsolutePath()
            .getParent()
            .resolveSibling("../image-full/bin/ollama-gateway")
            .normalize();
    Optional<String> store = Programs.find("valkey-server").or(() -> Programs.find("redis-server"));
    if (!options.takesPart(Peer.GATEWAY_SHARED)) {
      return;
    }
    if (store.isEmpty() || !Files.isExecutable(full)) {
      System.out.println(
          "what is shared isn't measured: apt-get install redis-server, make image-full");
      return;
    }
    running.add(GatewayPeer.store(store.get(), setup));
    running.add(GatewayPeer.start(Peer.GATEWAY_SHARED, full, setup));
  }

  private void startGateway(String name, Setup setup) throws IOException {
    // An older image may not know what only others need.
    if (options.takesPart(name)) {
      running.add(GatewayPeer.start(name, options.launcher(), setup));
    }
  }

  /** Those that are measured under this load, in a fixed order. */
  List<Peer> in(Scenario scenario) {
    return running.stream().filter(peer -> takesPart(peer, scenario)).toList();
  }

  private boolean takesPart(Peer peer, Scenario scenario) {
    if (!options.takesPart(peer.name())) {
      return false;
    }
    if (peer.name().equals(Peer.GATEWAY_LOGGING)) {
      return scenario.equals(Scenario.SMALL);
    }
    if (peer.name().equals(Peer.GATEWAY_SEEN) || peer.name().equals(Peer.GATEWAY_SHARED)) {
      return scenario.equals(Scenario.SMALL) || scenario.equals(Scenario.STREAMS_200);
    }
    if (peer.name().equals(Peer.GATEWAY_KEYS) || peer.name().equals(Peer.GATEWAY_TWO)) {
      return scenario.equals(Scenario.SMALL) || scenario.equals(Scenario.CHAT);
    }
    if (peer.name().equals(Peer.NGINX_64K)) {
      return scenario.large();
    }
    // Where each client has a connection to the server, this process would need twice as many
    // descriptors, and nothing is measured.
    boolean ownConnections = peer.pid().isEmpty() || Pumps.isPump(peer.name());
    return !(ownConnections && (scenario.kind() == Scenario.Kind.IDLE || scenario.handshakes()));
  }

  /** Ends the gateway with a log, which wrote a line for each of millions of requests. */
  void endLogging() throws IOException {
    List<Peer> logging =
        running.stream().filter(peer -> peer.name().equals(Peer.GATEWAY_LOGGING)).toList();
    logging.forEach(Peer::close);
    running.removeAll(logging);
    Files.deleteIfExists(options.folder().resolve(Peer.GATEWAY_LOGGING + ".out"));
  }

  @Override
  public void close() {
    running.forEach(Peer::close);
  }
}
