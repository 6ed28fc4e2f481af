package ollama.gateway.http.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.Timer;

/** Opens connections to upstream servers, out of the pool of the asking loop where it can. */
public final class UpstreamClient implements AutoCloseable {

  private final Resolver resolver;
  private final Map<EventLoop, UpstreamPool> pools;

  /** A client with empty pools, one for each loop. */
  public UpstreamClient(EventLoops loops, Resolver resolver) {
    this(loops, resolver, DescriptorBudget.unbounded());
  }

  /**
   * The same within a budget: connections are kept for later only as far as it goes, and closed
   * when it runs out.
   */
  public UpstreamClient(EventLoops loops, Resolver resolver, DescriptorBudget budget) {
    this.resolver = resolver;
    this.pools =
        loops.all().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), loop -> new UpstreamPool(loop, budget)));
    budget.onShortage(() -> pools.forEach((loop, pool) -> loop.execute(pool::closeAll)));
  }

  /**
   * An idle connection of this loop to the server, if there is one. The server may have closed it
   * without our knowing yet.
   */
  public Optional<UpstreamConnection> pooled(EventLoop loop, UpstreamOrigin origin) {
    return pool(loop).take(origin);
  }

  /**
   * Connects anew, to the first address of the server that answers.
   *
   * @param timeoutMillis for all of it; 0 means the system's own
   * @param watch the connection to watch meanwhile
   * @param check called after each wait; its exception ends this
   * @throws OutOfDescriptorsException when this process can't open a socket
   * @throws ConnectTimeoutException when that took too long
   * @throws ConnectException when no address could be connected to; nothing was sent
   * @throws IOException what {@code check} threw
   */
  public UpstreamConnection connect(
      EventLoop loop,
      UpstreamOrigin origin,
      long timeoutMillis,
      Connection.Watch watch,
      Connection.Check check)
      throws IOException {
    long deadline = EventLoop.deadlineMillis(timeoutMillis);
    ConnectException failure = new ConnectException("no address");
    List<InetAddress> addresses;
    try {
      addresses = resolver.resolve(origin.host(), timeoutMillis);
    } catch (IOException e) {
      throw new ConnectException("the name " + origin.host() + " can't be resolved");
    }
    Checked checked = new Checked(check);
    for (int i = 0; i < addresses.size(); i++) {
      InetSocketAddress address = new InetSocketAddress(addresses.get(i), origin.port());
      try {
        Connection connection =
            Connection.connect(
                loop, address, share(deadline, addresses.size() - i), watch, checked);
        return new UpstreamConnection(connection, pool(loop), origin);
      } catch (IOException e) {
        if (checked.failed || e instanceof OutOfDescriptorsException) {
          throw e;
        }
        failure = failure(e);
      }
    }
    throw failure;
  }

  /** Closes every idle connection, soon: each loop closes its own. None is kept from then on. */
  @Override
  public void close() {
    pools.forEach((loop, pool) -> loop.execute(pool::end));
  }

  /** The part of the time that one address gets, so that a dead one leaves some to the others. */
  private static long share(long deadline, int addressesLeft) {
    if (deadline == Timer.NEVER) {
      return deadline;
    }
    long now = EventLoop.nanoTime();
    return now + (deadline - now) / addressesLeft;
  }

  private static ConnectException failure(IOException e) {
    return e instanceof DeadlineException
        ? new ConnectTimeoutException()
        : new ConnectException(String.valueOf(e.getMessage()));
  }

  private UpstreamPool pool(EventLoop loop) {
    UpstreamPool pool = pools.get(loop);
    if (pool == null) {
      throw new IllegalArgumentException("a loop of another group");
    }
    return pool;
  }

  /** Tells an exception of the caller's check from a failure to connect. */
  private static final class Checked implements Connection.Check {
    private final Connection.Check check;
    private boolean failed;

    Checked(Connection.Check check) {
      this.check = check;
    }

    @Override
    public void run() throws IOException {
      failed = true;
      check.run();
      failed = false;
    }
  }
}
