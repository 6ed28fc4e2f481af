package ollama.gateway.balancer;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import ollama.gateway.config.UpstreamAddress;

/**
 * Picks a server for a request: one of those that are up, as its {@link Policy} likes. The list is
 * immutable and in the order of the settings; a reload makes another balancer, in which servers
 * that stay are the same objects. Safe for any number of threads, and takes no lock.
 */
public final class Balancer {
  private final List<Upstream> servers;
  private final HealthListener listener;
  private final InstantSource clock;

  /** Shared with the balancers of later settings, so that what it remembers goes on. */
  private final Policy policy;

  /**
   * Makes a balancer whose servers all count as up.
   *
   * @param addresses the servers, in order; one that stands there again is ignored; may be empty
   * @param listener is told when a server goes down or comes back
   * @param clock says since when
   */
  public Balancer(List<UpstreamAddress> addresses, HealthListener listener, InstantSource clock) {
    this(
        addresses.stream().distinct().map(a -> new Upstream(a, listener, clock)).toList(),
        listener,
        clock,
        new RoundRobin());
  }

  private Balancer(
      List<Upstream> servers, HealthListener listener, InstantSource clock, Policy policy) {
    this.servers = servers;
    this.listener = listener;
    this.clock = clock;
    this.policy = policy;
  }

  /**
   * The servers.
   *
   * @return an unmodifiable list, in the order of the settings
   */
  public List<Upstream> servers() {
    return servers;
  }

  /**
   * Picks a server for the first attempt of a request.
   *
   * @return a lease to be closed; empty only if there are no servers
   */
  public Optional<Lease> acquire() {
    return acquire(server -> false);
  }

  /**
   * Picks a server for the next attempt of a request: the next one that is up and wasn't tried yet.
   * If all are down and none was tried, one of them is tried anyway, each in its turn: it may be
   * back already, and there is nothing to lose.
   *
   * @param alreadyTried the servers that this request tried, such as {@code tried::contains}; asked
   *     a few times per server
   * @return a lease to be closed; empty if there is nothing left to try
   */
  public Optional<Lease> acquire(Predicate<? super Upstream> alreadyTried) {
    Upstream up = policy.pick(servers, s -> s.up() && !alreadyTried.test(s));
    if (up != null) {
      return Optional.of(up.lease());
    }
    for (Upstream server : servers) {
      if (alreadyTried.test(server)) {
        return Optional.empty();
      }
    }
    Upstream any = policy.pick(servers, s -> true);
    return any == null ? Optional.empty() : Optional.of(any.lease());
  }

  /**
   * Whether a server is up that a request could go to.
   *
   * @param alreadyTried the servers that won't do
   * @return whether {@link #acquire(Predicate)} would find one that is up just now
   */
  public boolean hasUp(Predicate<? super Upstream> alreadyTried) {
    for (Upstream server : servers) {
      if (server.up() && !alreadyTried.test(server)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The balancer for new settings. Servers whose address stays keep their object, and with it their
   * health and requests in flight; new ones count as up. The order is that of the new settings.
   *
   * @param addresses the servers, in order
   * @return another balancer; this one goes on working for the requests that have it
   */
  public Balancer reconfigured(List<UpstreamAddress> addresses) {
    Map<UpstreamAddress, Upstream> known =
        servers.stream().collect(Collectors.toMap(Upstream::address, Function.identity()));
    List<Upstream> next =
        addresses.stream()
            .distinct()
            .map(a -> known.containsKey(a) ? known.get(a) : new Upstream(a, listener, clock))
            .toList();
    return new Balancer(next, listener, clock, policy);
  }
}
