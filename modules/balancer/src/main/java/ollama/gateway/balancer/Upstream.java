package ollama.gateway.balancer;

import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import ollama.gateway.config.UpstreamAddress;

/**
 * One Ollama server as the gateway sees it: where it is, whether it is up, and how many requests
 * are with it. It stays the same object for as long as its address stands in the settings.
 *
 * <p>Safe for any number of threads. Reading never locks; reporting locks only on what changes.
 */
public final class Upstream {
  private final UpstreamAddress address;
  private final HealthListener listener;
  private final InstantSource clock;
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Held while the listener is told too, so that it is told in order. */
  private final ReentrantLock changing = new ReentrantLock();

  private volatile Health health;
  private volatile Runnable wakeChecker = () -> {};

  Upstream(UpstreamAddress address, HealthListener listener, InstantSource clock) {
    this.address = address;
    this.listener = listener;
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
   * What is known of it right now.
   *
   * @return a consistent view of one moment
   */
  public Health health() {
    return health;
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
   * Tells that it answered a request, which is proof that it is up. Costs one read if that was
   * known.
   */
  public void reportSuccess() {
    if (!health.up()) {
      markUp("it answered a request");
    }
  }

  /** Returns whether it was up until now. */
  boolean markDown(Outage outage, String why) {
    changing.lock();
    try {
      Health before = health;
      if (!before.up()) {
        health = new Health(Optional.of(outage), why, before.since());
        return false;
      }
      health = new Health(Optional.of(outage), why, clock.instant());
      listener.changed(this, false, why);
      return true;
    } finally {
      changing.unlock();
    }
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
        listener.changed(this, true, why);
      }
    } finally {
      changing.unlock();
    }
  }

  /** Whom to wake when it goes down between two checks; must neither block nor throw. */
  void wakeChecker(Runnable wake) {
    wakeChecker = wake;
  }

  Lease lease() {
    inFlight.incrementAndGet();
    return new Lease(this);
  }

  void giveBack() {
    inFlight.decrementAndGet();
  }

  /** The address, for logs. */
  @Override
  public String toString() {
    return address.toString();
  }
}
