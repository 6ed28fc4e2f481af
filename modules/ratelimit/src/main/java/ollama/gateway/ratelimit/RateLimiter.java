package ollama.gateway.ratelimit;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import ollama.gateway.config.RateLimitConfig;

/**
 * At most N accepted requests of one client in any window of some seconds: an exact sliding window.
 * The check and the count are one atomic step, and a refused request doesn't count.
 *
 * <p>Safe for any number of threads. One lock is held for about 100 ns, so that the clients stay in
 * exact order of their last request; a lock per client would not shorten that by much.
 *
 * <p>Memory: per client about 150 bytes, and 8 for each of its requests in the window. A client
 * that was silent for a whole window is forgotten while others ask, without loss; when there are
 * too many at once, the one that was silent longest is, and starts anew.
 *
 * @param <C> who counts as one client; comparable, so that a hash map stays fast when somebody
 *     chooses to be many whose hashes are the same
 */
public final class RateLimiter<C extends Comparable<C>> implements Limits<C> {
  /** More than one, so that the forgotten outnumber the new. */
  private static final int FORGOTTEN_AT_ONCE_MAX = 2;

  private final RateLimitConfig config;
  private final int clientsMax;
  private final LongSupplier nanoClock;
  private final long windowNanos;

  private final ReentrantLock lock = new ReentrantLock();

  /** In the order of their last request, so the first was silent longest. */
  private final LinkedHashMap<C, Window> clients = new LinkedHashMap<>(16, 0.75f, true);

  /** Until then nobody will have been silent for a whole window, so nobody need look. */
  private long nextIdleNanos;

  /**
   * Makes a limiter that has seen nobody.
   *
   * @param config the limit; when it isn't enabled, every request is allowed
   * @param clientsMax how many clients are remembered at most; 0 means any number
   * @param nanoClock a clock that never goes back, such as {@link System#nanoTime}
   * @throws IllegalArgumentException if {@code clientsMax} is negative
   */
  public RateLimiter(RateLimitConfig config, int clientsMax, LongSupplier nanoClock) {
    if (clientsMax < 0) {
      throw new IllegalArgumentException("a negative number of clients: " + clientsMax);
    }
    this.config = config;
    this.clientsMax = clientsMax;
    this.nanoClock = nanoClock;
    this.windowNanos = TimeUnit.SECONDS.toNanos(config.timeWindowSeconds());
    this.nextIdleNanos = nanoClock.getAsLong();
  }

  /** Reserves one request, which stays counted. */
  @Override
  public Ticket reserve(C client) {
    return config.enabled() ? Ticket.counted(acquire(client)) : Ticket.UNLIMITED;
  }

  /**
   * Decides on one request and counts it if it is allowed.
   *
   * @param client who asks
   * @return whether it is allowed, and what to tell the client
   */
  public Decision acquire(C client) {
    if (!config.enabled()) {
      return Decision.unlimited();
    }
    lock.lock();
    try {
      long now = nanoClock.getAsLong();
      Decision decision = windowOf(client).acquire(now, config.maxRequests(), windowNanos);
      forgetIdle(now);
      return decision;
    } finally {
      lock.unlock();
    }
  }

  /**
   * What {@link #acquire} would say now, without counting anything.
   *
   * @param client who would ask
   * @return whether a request would be allowed, and what to tell the client
   */
  public Decision peek(C client) {
    if (!config.enabled()) {
      return Decision.unlimited();
    }
    lock.lock();
    try {
      Window window = clients.get(client);
      return window == null
          ? new Decision(true, config.maxRequests(), config.maxRequests(), 0, 0)
          : window.peek(nanoClock.getAsLong(), config.maxRequests(), windowNanos);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The limiter for new settings: this one, with all its counts, if they are the same; else one
   * that has seen nobody.
   *
   * @param newConfig the limit
   * @param newClientsMax how many clients are remembered at most; 0 means any number
   * @return this or a new limiter
   * @throws IllegalArgumentException as the constructor does
   */
  public RateLimiter<C> reconfigured(RateLimitConfig newConfig, int newClientsMax) {
    return newConfig.equals(config) && newClientsMax == clientsMax
        ? this
        : new RateLimiter<>(newConfig, newClientsMax, nanoClock);
  }

  /**
   * How many clients are remembered right now.
   *
   * @return a number up to the bound
   */
  public int clients() {
    lock.lock();
    try {
      return clients.size();
    } finally {
      lock.unlock();
    }
  }

  private Window windowOf(C client) {
    Window known = clients.get(client);
    if (known != null) {
      return known;
    }
    if (clientsMax > 0 && clients.size() >= clientsMax) {
      clients.pollFirstEntry();
    }
    Window fresh = new Window();
    clients.put(client, fresh);
    return fresh;
  }

  private void forgetIdle(long now) {
    if (now - nextIdleNanos < 0) {
      return;
    }
    Iterator<Window> longestIdleFirst = clients.values().iterator();
    for (int i = 0; i < FORGOTTEN_AT_ONCE_MAX; i++) {
      // There is always a next one: who asks right now isn't idle.
      nextIdleNanos = longestIdleFirst.next().lastSeenNanos() + windowNanos;
      if (now - nextIdleNanos < 0) {
        return;
      }
      longestIdleFirst.remove();
    }
  }
}
