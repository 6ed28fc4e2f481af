package ollama.gateway.balancer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import ollama.gateway.balancer.dispatch.Ejection;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;

/**
 * One Ollama server as the gateway sees it: where it is, whether it is up, and how many requests
 * are with it. It stays the same object for as long as its address stands in the settings.
 *
 * <p>Safe for any number of threads. Reading never locks; reporting locks only on what changes.
 */
public final class Upstream {
  private final UpstreamAddress address;
  private final Observer observer;
  private final InstantSource clock;
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Held while the observer is told too, so that it is told in order. */
  private final ReentrantLock changing = new ReentrantLock();

  /** Of requests that wait for it and have heard nothing for long. */
  private final Set<Runnable> onDeath = ConcurrentHashMap.newKeySet();

  private final Stock stock = new Stock();
  private final Ejection ejection = new Ejection();

  private volatile Described described;
  private volatile Health health;
  private volatile Optional<Instant> drainingSince = Optional.empty();
  private volatile Runnable wakeChecker = () -> {};

  /** Is told all that is found out about a server; must neither block nor throw. */
  interface Observer extends HealthListener {
    /** It told which models it has, when it was asked at that time. */
    default void seen(Upstream server, long askedNanos) {}
  }

  /** What the settings say of it, which a reload may change. */
  private record Described(OllamaServer server, ServerSpec spec, AllowList allowed) {

    static Described of(OllamaServer server, Ejection ejection) {
      AllowList allowed = new AllowList(server.models());
      ServerSpec spec =
          new ServerSpec(
              server.name(),
              server.parallel(),
              server.maxLoadedModels(),
              server.weight(),
              allowed::allows,
              ejection);
      return new Described(server, spec, allowed);
    }
  }

  Upstream(OllamaServer server, Observer observer, InstantSource clock) {
    this.address = server.url();
    this.described = Described.of(server, ejection);
    this.observer = observer;
    this.clock = clock;
    this.health = new Health(Optional.empty(), "", clock.instant());
  }

  /**
   * Where the server is.
   *
   * @return the address from the settings
   */
  public UpstreamAddress address() {
    return address;
  }

  /**
   * What the settings in force say of it; a reload may change all but the address.
   *
   * @return the entry
   */
  public OllamaServer server() {
    return described.server();
  }

  /**
   * What it is called.
   *
   * @return a name that no other server of the same settings has
   */
  public String name() {
    return described.server().name();
  }

  /**
   * What is to be known of it for choosing.
   *
   * @return what the settings in force say
   */
  public ServerSpec spec() {
    return described.spec();
  }

  /** Takes what new settings say of it. */
  void describe(OllamaServer server) {
    if (!server.equals(described.server())) {
      described = Described.of(server, ejection);
    }
  }

  /**
   * Whether the settings let it be used for a model.
   *
   * @param model its canonical name
   * @return whether they do
   */
  public boolean allows(String model) {
    return described.allowed().allows(model);
  }

  /**
   * Whether there are models that {@link #allows} says no to.
   *
   * @return whether the settings name the only ones
   */
  public boolean isRestricted() {
    return described.allowed().isRestricting();
  }

  /** Whether it hasn't this model, as far as it told, or isn't used for it. */
  boolean lacks(String model) {
    return !allows(model) || inventory().lackedLast(model);
  }

  /** Whether it has this model, as far as it told, and is used for it. */
  boolean has(String model) {
    return inventory().has(model) && allows(model);
  }

  /**
   * Whether requests are sent to it as a rule: true until it is proven down.
   *
   * @return whether it is up
   */
  public boolean up() {
    return health.up();
  }

  /**
   * Whether it is proven that no connection to it can be made, so that a request would fail for
   * sure. One that is down because its check failed otherwise may be busy, and still answer.
   *
   * @return whether it is
   */
  public boolean unreachable() {
    return health.outage().filter(outage -> outage == Outage.UNREACHABLE).isPresent();
  }

  /**
   * Whether it is proven that nobody answers there: no connection to it can be made, or its check
   * got no answer. A request that has heard nothing from it won't hear anything, as far as anybody
   * can tell.
   *
   * @return whether it is
   */
  public boolean dead() {
    return health.outage().filter(outage -> outage != Outage.UNHEALTHY).isPresent();
  }

  /** What is known of it right now: a consistent view of one moment. */
  public Health health() {
    return health;
  }

  /**
   * Whether an administrator took it out of service: it gets no new requests, those that it has go
   * on. A reload leaves it so.
   *
   * @return whether it is
   */
  public boolean draining() {
    return drainingSince.isPresent();
  }

  /** Since when it is so; empty while it isn't. */
  public Optional<Instant> drainingSince() {
    return drainingSince;
  }

  /**
   * Takes it out of service, or back into it. Does nothing where that is so already.
   *
   * @param draining whether it is to get no new requests
   * @param why who wants it, for the log
   */
  public void drain(boolean draining, String why) {
    changing.lock();
    try {
      if (draining != draining()) {
        drainingSince = draining ? Optional.of(clock.instant()) : Optional.empty();
        observer.drained(this, draining, why);
      }
    } finally {
      changing.unlock();
    }
  }

  /** Which models it is known to have, as was seen last. */
  public Inventory inventory() {
    return stock.inventory();
  }

  /**
   * The same; if it never told which of them run elsewhere, that is waited for a while.
   *
   * @param millis the longest wait
   */
  public Inventory inventoryTold(long millis) {
    if (inventory().remote().isEmpty()) {
      boolean _ = stock.await(stock.ask(), System.nanoTime() + millis * 1_000_000);
    }
    return inventory();
  }

  /** Takes note of what it told when it was asked at that time. */
  void seen(Inventory inventory, long askedNanos) {
    stock.inventory(inventory);
    observer.seen(this, askedNanos);
    stock.told(inventory);
  }

  Stock stock() {
    return stock;
  }

  /**
   * How many leases on it aren't closed yet.
   *
   * @return 0 or more
   */
  public int inFlight() {
    return inFlight.get();
  }

  /**
   * Tells that a connection to it could not be made: it is down from now on, and will be checked
   * soon. Not for a server that answered, however badly, nor for a client that left.
   *
   * @param why what went wrong, for the log
   */
  public void reportConnectFailure(String why) {
    if (markDown(Outage.UNREACHABLE, why)) {
      wakeChecker.run();
    }
  }

  /**
   * Tells that it answered a request as it should. Costs two reads if there is nothing new in that.
   */
  public void reportSuccess() {
    reportAnswer();
    if (ejection.succeeded()) {
      observer.ejected(this, false, "it answered a request");
    }
  }

  /** Tells that it answered a request in whichever way, which is proof that it is up. */
  public void reportAnswer() {
    if (!health.up()) {
      markUp("it answered a request");
    }
  }

  /**
   * Tells that it failed a request, by an answer that says so or by none.
   *
   * @param why what it did, for the log
   * @param mayEject whether it is ejected after some in a row
   */
  public void reportFailure(String why, boolean mayEject) {
    changing.lock();
    try {
      health = new Health(health.outage(), why, health.since());
    } finally {
      changing.unlock();
    }
    if (!mayEject) {
      return;
    }
    double jitter = ThreadLocalRandom.current().nextDouble(-1, 1);
    if (ejection.failed(System.nanoTime(), jitter)) {
      observer.ejected(
          this, true, Ejection.FAILURES_MAX + " requests failed in a row, at last: " + why);
    }
  }

  /**
   * Whether it is left out because it failed requests.
   *
   * @return what is known of that
   */
  public Ejection ejection() {
    return ejection;
  }

  /**
   * Tells that a request has heard nothing from it for long, which proves nothing: one that loads a
   * model is as silent as one that hangs. It is checked at once, however many requests tell this at
   * most once a second; its checker decides.
   */
  public void reportSilence() {
    wakeChecker.run();
  }

  /**
   * Has something done when it is found to be {@link #dead}, by whichever thread found it; so it
   * must neither block nor throw.
   *
   * @param action added until it is removed
   */
  public void addOnDeath(Runnable action) {
    onDeath.add(action);
  }

  /**
   * Ends what {@link #addOnDeath} began.
   *
   * @param action the very same
   */
  public void removeOnDeath(Runnable action) {
    onDeath.remove(action);
  }

  /** Returns whether it was up until now. */
  boolean markDown(Outage outage, String why) {
    Health before;
    changing.lock();
    try {
      before = health;
      health = new Health(Optional.of(outage), why, before.up() ? clock.instant() : before.since());
      if (before.up()) {
        observer.changed(this, false, why);
      }
    } finally {
      changing.unlock();
    }
    if (dead() && !before.outage().equals(Optional.of(outage))) {
      onDeath.forEach(Runnable::run);
    }
    return before.up();
  }

  void markUp(String why) {
    if (health.up()) {
      return;
    }
    changing.lock();
    try {
      Health before = health;
      if (!before.up()) {
        health = new Health(Optional.empty(), before.lastFailure(), clock.instant());
        observer.changed(this, true, why);
      }
    } finally {
      changing.unlock();
    }
    // What it has, and what is loaded there, may have changed meanwhile.
    long _ = stock.ask();
  }

  /** Has it checked soon, out of turn; must neither block nor throw. */
  void wakeChecker(Runnable wake) {
    wakeChecker = wake;
  }

  Lease lease() {
    inFlight.incrementAndGet();
    return new Lease(this);
  }

  void giveBack() {
    if (inFlight.decrementAndGet() == 0 && ejection.isEjected()) {
      ejection.left(System.nanoTime());
    }
  }

  /** The address, for logs. */
  @Override
  public String toString() {
    return address.toString();
  }
}
