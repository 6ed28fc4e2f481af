package ollama.gateway.balancer;

import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.QueueConfig;
import ollama.gateway.config.UpstreamAddress;
import org.jspecify.annotations.Nullable;

/**
 * Picks a server for a request: by the line for one that runs a model, else each that is up in its
 * turn. The list is immutable and in the order of the settings; a reload makes another balancer, in
 * which servers that stay are the same objects. Safe for any number of threads.
 */
public final class Balancer {
  private final List<Upstream> servers;
  private final boolean asksForModels;
  private final boolean heedsModels;
  private final InstantSource clock;

  // What follows is shared with the balancers of later settings, so that what they remember goes
  // on.
  private final RoundRobin turns;
  private final Line line;
  private final LineObserver observer;

  /**
   * Makes a balancer whose servers all count as up.
   *
   * @param servers in order; one whose address stands there again is ignored; may be empty
   * @param policy as {@link LoadBalancerConfig#policy} names it
   * @param queue the bounds of the line
   * @param listener is told when a server goes down or comes back
   * @param clock says since when
   */
  public Balancer(
      List<OllamaServer> servers,
      String policy,
      QueueConfig queue,
      HealthListener listener,
      InstantSource clock) {
    this.clock = clock;
    this.turns = new RoundRobin();
    this.line = Lines.of(List.of(), policy, queue);
    this.observer = new LineObserver(line, listener);
    this.servers = distinct(servers).map(server -> new Upstream(server, observer, clock)).toList();
    this.asksForModels = Lines.heedsModels(policy);
    this.heedsModels = asksForModels && this.servers.size() > 1;
    observer.reconfigure(this.servers, policy, queue);
  }

  private Balancer(Balancer before, List<Upstream> servers, String policy) {
    this.clock = before.clock;
    this.turns = before.turns;
    this.line = before.line;
    this.observer = before.observer;
    this.servers = servers;
    this.asksForModels = Lines.heedsModels(policy);
    this.heedsModels = asksForModels && servers.size() > 1;
  }

  /** The servers, in the order of the settings; unmodifiable. */
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
   * Picks a server, in turn, for the next attempt of a request that runs no model: one that is up,
   * wasn't tried yet and isn't known to lack the model. If nobody has the model as far as is known,
   * any that may be used for it will do, which can say so. If all are down and none was tried, one
   * of them is tried anyway, each in its turn: it may be back already, and there is nothing to
   * lose. One that may only be busy comes before those that nobody can connect to. One that is
   * {@link Upstream#draining} is never picked.
   *
   * @param model its canonical name; empty for none in particular
   * @param alreadyTried the servers that this request tried, such as {@code tried::contains}; asked
   *     a few times per server
   * @return a lease to be closed; empty if there is nothing left to try, or all are drained that
   *     might do
   */
  public Optional<Lease> acquire(String model, Predicate<? super Upstream> alreadyTried) {
    boolean anyWillDo = model.isEmpty() || !mayBeThere(model);
    Upstream up = next(s -> mayTake(s, model, anyWillDo) && !alreadyTried.test(s));
    if (up != null) {
      return Optional.of(up.lease());
    }
    for (Upstream server : servers) {
      if (alreadyTried.test(server)) {
        return Optional.empty();
      }
    }
    Predicate<Upstream> mayHaveIt = s -> !s.draining() && mayHave(s, model, anyWillDo);
    Upstream any = turns.next(servers, s -> !s.unreachable() && mayHaveIt.test(s));
    if (any == null) {
      any = turns.next(servers, mayHaveIt);
    }
    return any == null ? Optional.empty() : Optional.of(any.lease());
  }

  /** Those that are out because they failed others have no turn, unless that leaves nobody. */
  private @Nullable Upstream next(Predicate<? super Upstream> eligible) {
    long now = System.nanoTime();
    Upstream found;
    do {
      found = turns.next(servers, s -> !s.ejection().isOut(now) && eligible.test(s));
      // Else another request is there first, to probe it.
    } while (found != null && !found.ejection().enter(now));
    return found == null ? turns.next(servers, eligible) : found;
  }

  /** Takes a request to this very server, whether it is up or not; to be closed. */
  public Lease lease(Upstream server) {
    return server.lease();
  }

  /**
   * As {@link #acquire(String, Predicate)} for what all servers are to stand behind: of those that
   * are up, the ones with the lowest version have their turns, as far as they told theirs.
   *
   * @param alreadyTried as there
   * @return as there
   */
  public Optional<Lease> acquireOldest(Predicate<? super Upstream> alreadyTried) {
    Optional<Version> lowest =
        servers.stream()
            .filter(s -> isIn(s) && !alreadyTried.test(s))
            .flatMap(s -> s.stock().version().stream())
            .min(Comparator.naturalOrder());
    Upstream oldest =
        lowest.isEmpty()
            ? null
            : next(s -> isIn(s) && !alreadyTried.test(s) && s.stock().version().equals(lowest));
    return oldest == null ? acquire("", alreadyTried) : Optional.of(oldest.lease());
  }

  private static boolean isIn(Upstream server) {
    return mayTake(server, "", true) && !server.ejection().isOut(System.nanoTime());
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
   * Whether a server is up that isn't known to lack a model, and isn't drained.
   *
   * @param model its canonical name
   */
  public boolean canServe(String model) {
    for (Upstream server : servers) {
      if (mayTake(server, model, false)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether there is a server, up or down, that a request could go to.
   *
   * @param model as for {@link #acquire(String, Predicate)}
   * @param names of the servers that won't do
   * @param reachable whether it is to be one that isn't known to be unreachable
   * @return whether there is one
   */
  public boolean hasAny(String model, Set<String> names, boolean reachable) {
    boolean anyWillDo = !mayBeThere(model);
    for (Upstream server : servers) {
      if (mayHave(server, model, anyWillDo)
          && !server.draining()
          && !(reachable && server.unreachable())
          && !names.contains(server.name())) {
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
    if (heedsModels()) {
      Looks.look(servers, model, millis);
    }
  }

  /**
   * Has servers asked anew which models they have, because these have changed or are about to be
   * changed everywhere, and waits for that a while. Somebody must be asking them.
   *
   * @param changed some of {@link #servers}
   * @param millis the longest wait
   */
  public void renew(List<Upstream> changed, long millis) {
    Looks.renew(changed, millis);
  }

  /**
   * Waits a while for servers that are up and were never asked which models they have. Somebody
   * must be asking them.
   *
   * @param millis the longest wait
   */
  public void awaitFirstLooks(long millis) {
    Looks.awaitFirst(servers, millis);
  }

  /**
   * Whether a model runs at another host than its server, on the account of that server's owner, as
   * far as any server told.
   *
   * @param model its canonical name
   */
  public boolean isRemote(String model) {
    for (Upstream server : servers) {
      if (server.inventory().isRemote(model)) {
        return true;
      }
    }
    return false;
  }

  /** Whether which models a server has makes a difference to which one is chosen. */
  public boolean heedsModels() {
    return heedsModels;
  }

  /**
   * Whether servers are to be asked from time to time which models they have and which are loaded:
   * what is loaded matters to the line with one server too.
   */
  public boolean asksForModels() {
    return asksForModels;
  }

  /** Has each server that is up asked soon; while somebody waits, what is loaded may change. */
  public void refresh() {
    if (asksForModels) {
      for (Upstream server : servers) {
        if (server.up()) {
          long _ = server.stock().ask();
        }
      }
    }
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

  /** Whether a server has it, or one that is up may have it. */
  private boolean mayBeThere(String model) {
    for (Upstream server : servers) {
      if (server.has(model) || (server.up() && !server.draining() && !server.lacks(model))) {
        return true;
      }
    }
    return false;
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
   * @param policy as {@link LoadBalancerConfig#policy} names it
   * @param queue the bounds of the line
   * @return another balancer; this one goes on working for the requests that have it
   */
  public Balancer reconfigured(List<OllamaServer> entries, String policy, QueueConfig queue) {
    return reconfigured(entries, policy, queue, _ -> {});
  }

  /** The same; it is given away before who waits in the line may be sent to its servers. */
  public Balancer reconfigured(
      List<OllamaServer> entries,
      String policy,
      QueueConfig queue,
      Consumer<? super Balancer> inForce) {
    Map<UpstreamAddress, Upstream> known =
        servers.stream().collect(Collectors.toMap(Upstream::address, Function.identity()));
    List<Upstream> next =
        distinct(entries).map(entry -> kept(known.get(entry.url()), entry)).toList();
    Balancer balancer = new Balancer(this, next, policy);
    inForce.accept(balancer);
    observer.reconfigure(next, policy, queue);
    return balancer;
  }

  /** The line in which requests for models wait for their server; the same after a reload. */
  public Line line() {
    return line;
  }

  /**
   * A lease on a server that was chosen by its name.
   *
   * @param name the server's
   * @return a lease to be closed; empty if these settings have no such server
   */
  public Optional<Lease> lease(String name) {
    for (Upstream server : servers) {
      if (server.name().equals(name)) {
        return Optional.of(server.lease());
      }
    }
    return Optional.empty();
  }

  private static Stream<OllamaServer> distinct(List<OllamaServer> entries) {
    Set<UpstreamAddress> seen = new HashSet<>();
    return entries.stream().filter(entry -> seen.add(entry.url()));
  }

  private Upstream kept(@Nullable Upstream known, OllamaServer entry) {
    if (known == null) {
      return new Upstream(entry, observer, clock);
    }
    known.describe(entry);
    return known;
  }
}
