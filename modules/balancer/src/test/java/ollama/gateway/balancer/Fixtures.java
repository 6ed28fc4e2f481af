package ollama.gateway.balancer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.QueueConfig;
import ollama.gateway.config.UpstreamAddress;

/** Servers named by a letter. */
final class Fixtures {
  static final Instant NOW = Instant.parse("2025-10-01T12:00:00Z");
  static final HealthListener NOBODY = (server, up, why) -> {};

  static Balancer balancer(String... names) {
    return new Balancer(
        addresses(names),
        LoadBalancerConfig.ROUND_ROBIN,
        QueueConfig.defaults(),
        NOBODY,
        InstantSource.fixed(NOW));
  }

  static List<UpstreamAddress> addresses(String... names) {
    return Stream.of(names).map(Fixtures::address).toList();
  }

  static UpstreamAddress address(String name) {
    return new UpstreamAddress(name, 11434, "");
  }

  static Upstream server(Balancer balancer, String name) {
    return balancer.servers().stream()
        .filter(s -> s.address().equals(address(name)))
        .findFirst()
        .orElseThrow();
  }

  private Fixtures() {}
}
