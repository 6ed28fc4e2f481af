package ollama.gateway.proxy;

import java.util.Optional;
import java.util.function.Predicate;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.ollama.Route;
import org.jspecify.annotations.Nullable;

/** The server of a client's sequence first; another where no connection to that is made. */
final class SequencePicking implements Picking {

  private final Sequences sequences;
  private final Balancer balancer;
  private final String client;
  private final boolean isBlob;
  private final String base;
  private boolean begun;

  /**
   * One for a request.
   *
   * @param base canonical name of the model that it is made from; empty for none
   */
  SequencePicking(Sequences sequences, Call call, String base) {
    this.sequences = sequences;
    this.balancer = call.settings().balancer();
    this.isBlob = call.route() == Route.BLOB;
    this.base = base;
    String key = call.identity().keyName();
    client = key.isEmpty() ? "address " + call.identity().text() : "key " + key;
  }

  @Override
  public Optional<Lease> next(Predicate<? super Upstream> tried) {
    if (!begun) {
      begun = true;
      Upstream server = sequences.server(client, isBlob, this::suits, this::hasNoBase, this::first);
      return server == null ? Optional.empty() : Optional.of(balancer.lease(server));
    }
    Optional<Lease> other = balancer.acquire(base, tried);
    other.ifPresent(lease -> sequences.move(client, isBlob, lease.server()));
    return other;
  }

  @Override
  public boolean hasUp(Predicate<? super Upstream> tried) {
    return balancer.hasUp(base, tried);
  }

  private boolean suits(Upstream server) {
    return server.up() && balancer.servers().contains(server);
  }

  /** Whether it would have to fetch what another one has. */
  private boolean hasNoBase(Upstream server) {
    return !base.isEmpty()
        && server.inventory().lacks(base)
        && balancer.servers().stream().anyMatch(s -> s.up() && s.inventory().has(base));
  }

  private @Nullable Upstream first() {
    try (Lease lease = balancer.acquire(base, server -> false).orElse(null)) {
      return lease == null ? null : lease.server();
    }
  }
}
