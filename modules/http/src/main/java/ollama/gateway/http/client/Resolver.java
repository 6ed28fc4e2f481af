package ollama.gateway.http.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.loop.Watch;

/**
 * Looks names up on platform threads of its own, since a look-up blocks its carrier, and remembers
 * the answers for half a minute. An address needs no look-up.
 *
 * <p>What is remembered may be wrong: who can't connect to it asks for a {@link #lookUp new
 * look-up}. The JVM's own memory of names, good and bad ones, is switched off, since nothing could
 * look behind that.
 */
public final class Resolver implements AutoCloseable {

  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** An answer this young needs no second look: under load, a name is looked up once a second. */
  private static final long NEW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int THREADS_MAX = 4;
  private static final int QUEUED_MAX = 256;
  private static final int NAMES_MAX = 1_000;

  static {
    // Read by the JVM once, at its first look-up.
    forget("networkaddress.cache.ttl");
    forget("networkaddress.cache.negative.ttl");
  }

  /** Asks the system; may block for long. */
  interface NameService {
    List<InetAddress> addresses(String host) throws UnknownHostException;
  }

  /**
   * The addresses of a host.
   *
   * @param addresses at least one
   * @param remembered whether they were looked up so long ago that another look may tell others
   */
  record Found(List<InetAddress> addresses, boolean remembered) {}

  private record Answer(List<InetAddress> addresses, long nanos) {}

  private final ConcurrentHashMap<String, Answer> answers = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, LookUp> pending = new ConcurrentHashMap<>();
  private final ExecutorService lookUps;
  private final NameService system;
  private final LongSupplier nanoTime;

  /** A resolver with nothing remembered. */
  public Resolver() {
    this(host -> List.of(InetAddress.getAllByName(host)), System::nanoTime);
  }

  Resolver(NameService system, LongSupplier nanoTime) {
    this.system = system;
    this.nanoTime = nanoTime;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS_MAX,
            THREADS_MAX,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(QUEUED_MAX),
            Thread.ofPlatform().name("resolver-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    lookUps = pool;
  }

  /**
   * The addresses of a host, out of memory as far as that goes. Where that is old and a new look-up
   * fails or takes more than half of the time, the old addresses are better than none.
   *
   * @param loop carries the calling thread
   * @param deadlineNanos {@link Timer#NEVER} means without bound
   * @param watch an eye on another connection meanwhile
   * @throws UnknownHostException when there are none
   * @throws LookUpException when that couldn't be found out in time
   * @throws IOException what {@code watch} threw
   */
  Found resolve(EventLoop loop, String host, long deadlineNanos, Watch watch) throws IOException {
    if (isLiteral(host)) {
      return new Found(literal(host), false);
    }
    Answer known = answers.get(host);
    if (known == null) {
      return lookUp(loop, host, deadlineNanos, watch);
    }
    long age = nanoTime.getAsLong() - known.nanos;
    if (age < KEPT_NANOS) {
      return new Found(known.addresses, age >= NEW_NANOS);
    }
    try {
      return lookUp(loop, host, halfWay(deadlineNanos), watch);
    } catch (UnknownHostException | LookUpException e) {
      // Names seldom move, and the servers behind them are rarely the ones that are down.
      return new Found(known.addresses, false);
    }
  }

  /** As {@link #resolve}, but whatever is remembered, the system is asked. */
  Found lookUp(EventLoop loop, String host, long deadlineNanos, Watch watch) throws IOException {
    return new Found(pending(host).await(loop, deadlineNanos, watch), false);
  }

  /**
   * Whether a host still has an address, as far as is known; when that is old, a look-up begins
   * that later callers profit from. Never waits.
   */
  boolean has(String host, InetAddress address) {
    if (isLiteral(host)) {
      return true;
    }
    Answer known = answers.get(host);
    if (known == null) {
      return true;
    }
    if (nanoTime.getAsLong() - known.nanos >= KEPT_NANOS) {
      try {
        LookUp _ = pending(host);
      } catch (LookUpException e) {
        // Who needs the answer will say so.
      }
    }
    return known.addresses.contains(address);
  }

  /** Ends the look-up threads. */
  @Override
  public void close() {
    lookUps.shutdownNow();
  }

  /** By the last label: {@code 10.0.0.1} can only be an address, {@code gpu1} is a name. */
  private static boolean isLiteral(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    for (int i = host.length() - 1; i >= 0 && host.charAt(i) != '.'; i--) {
      if (host.charAt(i) < '0' || host.charAt(i) > '9') {
        return false;
      }
    }
    return !host.endsWith(".");
  }

  /** Setting a property, even to what it is, makes the JVM look for a log of such changes. */
  private static void forget(String secondsProperty) {
    if (!"0".equals(Security.getProperty(secondsProperty))) {
      Security.setProperty(secondsProperty, "0");
    }
  }

  private static List<InetAddress> literal(String host) throws UnknownHostException {
    try {
      return List.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      throw new UnknownHostException(host);
    }
  }

  private static long halfWay(long deadlineNanos) {
    if (deadlineNanos == Timer.NEVER) {
      return deadlineNanos;
    }
    long now = EventLoop.nanoTime();
    return now + (deadlineNanos - now) / 2;
  }

  /** The look-up of a name that is under way, which all who ask meanwhile share, or a new one. */
  private LookUp pending(String host) throws LookUpException {
    LookUp shared = pending.get(host);
    if (shared != null) {
      return shared;
    }
    LookUp begun = new LookUp(host);
    shared = pending.putIfAbsent(host, begun);
    if (shared != null) {
      return shared;
    }
    try {
      lookUps.execute(() -> run(begun));
      return begun;
    } catch (RejectedExecutionException e) {
      pending.remove(host, begun);
      LookUpException busy = new LookUpException("too many names are looked up at once");
      begun.failed(busy);
      throw busy;
    } catch (RuntimeException | Error e) {
      // No thread to be had, as a rule. Left there, it would be waited for for ever.
      pending.remove(host, begun);
      LookUpException unable = new LookUpException("no name can be looked up now: " + e);
      begun.failed(unable);
      throw unable;
    }
  }

  private void run(LookUp lookUp) {
    String host = lookUp.host();
    try {
      List<InetAddress> addresses = system.addresses(host);
      if (answers.size() >= NAMES_MAX) {
        answers.clear();
      }
      answers.put(host, new Answer(addresses, nanoTime.getAsLong()));
      // Out of the way first: who asks after the answer is there must not find an old one.
      pending.remove(host, lookUp);
      lookUp.found(addresses);
    } catch (UnknownHostException | RuntimeException e) {
      pending.remove(host, lookUp);
      lookUp.failed(e);
    } catch (Error e) {
      // It says nothing of the name, and must not be what everybody waits for from now on.
      pending.remove(host, lookUp);
      lookUp.failed(new LookUpException("no name can be looked up now: " + e));
    }
  }
}
