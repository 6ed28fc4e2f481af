package ollama.gateway.http.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Looks names up on platform threads of its own, since a look-up blocks its carrier, and remembers
 * the answers for a while. An address needs no look-up.
 */
public final class Resolver implements AutoCloseable {

  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int THREADS_MAX = 4;
  private static final int QUEUED_MAX = 256;
  private static final int NAMES_MAX = 1_000;

  /** Asks the system; may block for long. */
  interface Lookup {
    List<InetAddress> addresses(String host) throws UnknownHostException;
  }

  private record Answer(List<InetAddress> addresses, long untilNanos) {}

  private final ConcurrentHashMap<String, Answer> answers = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, CompletableFuture<List<InetAddress>>> pending =
      new ConcurrentHashMap<>();
  private final ExecutorService lookups;
  private final Lookup lookup;
  private final LongSupplier nanoTime;

  /** A resolver with nothing remembered. */
  public Resolver() {
    this(host -> List.of(InetAddress.getAllByName(host)), System::nanoTime);
  }

  Resolver(Lookup lookup, LongSupplier nanoTime) {
    this.lookup = lookup;
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
    lookups = pool;
  }

  /**
   * The addresses of a host, at least one.
   *
   * @throws UnknownHostException when there are none, or the look-up took longer than {@code
   *     atMostMillis} (0 means without bound)
   */
  public List<InetAddress> resolve(String host, long atMostMillis) throws UnknownHostException {
    if (isLiteral(host)) {
      return literal(host);
    }
    Answer known = answers.get(host);
    if (known != null && nanoTime.getAsLong() - known.untilNanos < 0) {
      return known.addresses;
    }
    try {
      return await(host, pending.computeIfAbsent(host, this::lookUp), atMostMillis);
    } catch (UnknownHostException e) {
      if (known == null) {
        throw e;
      }
      // Names seldom move, and the servers behind them are rarely the ones that are down.
      return known.addresses;
    }
  }

  /** Ends the look-up threads. */
  @Override
  public void close() {
    lookups.shutdownNow();
  }

  /** By the last label: {@code 10.0.0.1} can only be an address, {@code gpu1} is a name. */
  private static boolean isLiteral(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    String label = host.substring(host.lastIndexOf('.') + 1);
    return !label.isEmpty() && label.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static List<InetAddress> literal(String host) throws UnknownHostException {
    try {
      return List.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      throw new UnknownHostException(host);
    }
  }

  /** Starts a look-up that all who ask for this name meanwhile share. */
  private CompletableFuture<List<InetAddress>> lookUp(String host) {
    CompletableFuture<List<InetAddress>> result = new CompletableFuture<>();
    try {
      lookups.execute(() -> lookUp(host, result));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  private void lookUp(String host, CompletableFuture<List<InetAddress>> result) {
    try {
      List<InetAddress> addresses = lookup.addresses(host);
      if (answers.size() >= NAMES_MAX) {
        answers.clear();
      }
      answers.put(host, new Answer(addresses, nanoTime.getAsLong() + KEPT_NANOS));
      // Out of the way first: who asks after the answer is there must not find an old one.
      pending.remove(host, result);
      result.complete(addresses);
    } catch (UnknownHostException | RuntimeException e) {
      pending.remove(host, result);
      result.completeExceptionally(e);
    }
  }

  private List<InetAddress> await(
      String host, CompletableFuture<List<InetAddress>> result, long atMostMillis)
      throws UnknownHostException {
    try {
      return atMostMillis == 0 ? result.get() : result.get(atMostMillis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // One that was refused never ran, and so never left.
      pending.remove(host, result);
      throw new UnknownHostException(host);
    } catch (TimeoutException e) {
      throw new UnknownHostException(host);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException(host);
    }
  }
}
