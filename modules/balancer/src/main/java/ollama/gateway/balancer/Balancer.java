package ollama.gateway.balancer;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import org.jspecify.annotations.Nullable;

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
   * @param servers in order; one whose address stands there again is ignored; may be empty
   * @param policy as {@link LoadBalancerConfig#policy} names it
   * @param listener is told when a server goes down or comes back
   * @param clock says since when
   */
  public Balancer(
      List<OllamaServer> servers, String policy, HealthListener listener, InstantSource clock) {
    this(
        distinct(servers).map(server -> new Upstream(server, listener, clock)).toList(),
        listener,
        clock,
        Policy.named(policy));
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
   * Picks a server for the first attempt of a request that needs no model.
   *
   * @return a lease to be closed; empty only if there are no servers, or all are drained
   */
  public Optional<Lease> acquire() {
    return acquire("", server -> false);
  }

  /**
   * Picks a server for the next attempt of a request: one that is up, wasn't tried yet and isn't
   * known to lack the model. If nobody has the model as far as is known, any that may be used for
   * it will do, which can say so. If all are down and none was tried, one of them is tried anyway,
   * each in its turn: it may be back already, and there is nothing to lose. One that is {@link
   * Upstream#draining} is never picked.
   *
   * @param model its canonical name; empty for none in particular
   * @param alreadyTried the servers that this request tried, such as {@code tried::contains}; asked
   *     a few times per server
   * @return a lease to be closed; empty if there is nothing left to try, or all are drained that
   *     might do
   */
  public Optional<Lease> acquire(String model, Predicate<? super Upstream> alreadyTried) {
    boolean anyWillDo = model.isEmpty() || !mayBeThere(model);
    Upstream up =
        policy.pick(servers, s -> mayTake(s, model, anyWillDo) && !alreadyTried.test(s), model);
    if (up != null) {
      return Optional.of(up.lease());
    }
    for (Upstream server : servers) {
      if (alreadyTried.test(server)) {
        return Optional.empty();
      }
    }
    Upstream any = policy.pick(servers, s -> !s.draining() && mayHave(s, model, anyWillDo), model);
    return any == null ? Optional.empty() : Optional.of(any.lease());
  }

  /**
   * Whether a server is up that a request could go to.
   *
   * @param model as for {@link #acquire(String, Predicate)}
   * @param alreadyTried the servers that won't do
   * @return whether {@link #acquire(String, Predicate)} would find one that is up just now
   */
  public boolean hasUp(String model, Predicate<? super Upstream> alreadyTried) {
    boolean anyWillDo = model.isEmpty() || !mayBeThere(model);
    for (Upstream server : servers) {
      if (mayTake(server, model, anyWillDo) && !alreadyTried.test(server)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Makes sure that what is known of a model isn't older than the question, where nobody seems to
   * have it: asks all servers that are up, and waits for them a while. Whoever made the model a
   * moment ago finds it then. Where a server doesn't tell what it has, nobody waits for that again.
   *
   * @param model its canonical name
   * @param millis the longest wait
   */
  public void look(String model, long millis) {
    if (!heedsModels() || !seemsMissing(model)) {
      return;
    }
    long deadline = System.nanoTime() + millis * 1_000_000;
    long[] looks = new long[servers.size()];
    for (int i = 0; i < looks.length; i++) {
      looks[i] = servers.get(i).up() ? servers.get(i).stock().ask() : 0;
    }
    for (int i = 0; i < looks.length && !isKnown(model); i++) {
      boolean _ = servers.get(i).stock().await(looks[i], deadline);
    }
  }

  /** Whether which models a server has makes a difference, so that it has to be asked. */
  public boolean heedsModels() {
    return policy.heedsModels() && servers.size() > 1;
  }

  /** Whether which model a request names makes a difference. */
  public boolean needsModel() {
    return heedsModels() || isRestricted();
  }

  /** Whether a server isn't used for all models. */
  private boolean isRestricted() {
    for (Upstream server : servers) {
      if (server.isRestricted()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the settings let any server be used for a model.
   *
   * @param model its canonical name
   * @return false only where each server has a list that it isn't in
   */
  public boolean allows(String model) {
    for (Upstream server : servers) {
      if (server.allows(model)) {
        return true;
      }
    }
    return servers.isEmpty();
  }

  /** Whether a server has this model, as far as is known. */
  private boolean isKnown(String model) {
    for (Upstream server : servers) {
      if (server.has(model)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a server has it, or one that is up may have it. */
  private boolean mayBeThere(String model) {
    for (Upstream server : servers) {
      if (server.has(model) || (server.up() && !server.draining() && !server.lacks(model))) {
        return true;
      }
    }
    return false;
  }

  /** Whether nobody who told has it, and nobody is up who was asked and doesn't tell. */
  private boolean seemsMissing(String model) {
    for (Upstream server : servers) {
      boolean silent = server.up() && server.stock().wasLookedAt();
      if (server.has(model) || (silent && !server.lacks(model))) {
        return false;
      }
    }
    return true;
  }

  private static boolean mayTake(Upstream server, String model, boolean anyWillDo) {
    return server.up() && !server.draining() && mayHave(server, model, anyWillDo);
  }

  /** Any will do only for what the settings allow it. */
  private static boolean mayHave(Upstream server, String model, boolean anyWillDo) {
    return model.isEmpty() || (anyWillDo ? server.allows(model) : !server.lacks(model));
  }

  /**
   * The balancer for new settings. Servers whose address stays keep their object, and with it their
   * health and requests in flight, and take what is new of the rest; new ones count as up. The
   * order is that of the new settings.
   *
   * @param entries the servers, in order
   * @param policyName as {@link LoadBalancerConfig#policy} names it
   * @return another balancer; this one goes on working for the requests that have it
   */
  public Balancer reconfigured(List<OllamaServer> entries, String policyName) {
    Map<UpstreamAddress, Upstream> known =
        servers.stream().collect(Collectors.toMap(Upstream::address, Function.identity()));
    List<Upstream> next =
        distinct(entries).map(entry -> kept(known.get(entry.url()), entry)).toList();
    Policy same = policy.name().equals(policyName) ? policy : Policy.named(policyName);
    return new Balancer(next, listener, clock, same);
  }

  private static Stream<OllamaServer> distinct(List<OllamaServer> entries) {
    Set<UpstreamAddress> seen = new HashSet<>();
    return entries.stream().filter(entry -> seen.add(entry.url()));
  }

  private Upstream kept(@Nullable Upstream known, OllamaServer entry) {
    if (known == null) {
      return new Upstream(entry, listener, clock);
    }
    known.describe(entry);
    return known;
  }
}
