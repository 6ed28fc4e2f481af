package ollama.gateway.http.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.TcpOptions;
import ollama.gateway.http.loop.TlsHandshake;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.tls.TlsFailure;
import ollama.gateway.http.tls.TlsPeer;
import ollama.gateway.http.tls.TlsTasks;

/** Opens connections to upstream servers, out of the pool of the asking loop where it can. */
public final class UpstreamClient implements AutoCloseable {

  private static final int TCP_KEEP_ALIVE_SECONDS = 60;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Resolver resolver;
  private final TlsTasks tlsTasks = new TlsTasks();
  private final IntSupplier tcpKeepAliveSeconds;
  private final Map<EventLoop, UpstreamPool> pools;

  /** A client with empty pools, one for each loop. */
  public UpstreamClient(EventLoops loops, Resolver resolver) {
    this(loops, resolver, DescriptorBudget.unbounded(), () -> TCP_KEEP_ALIVE_SECONDS);
  }

  /**
   * The same within a budget.
   *
   * @param budget connections are kept for later only as far as it goes, and closed when it runs
   *     out
   * @param tcpKeepAliveSeconds asked for each new connection, as {@link TcpOptions#keepAlive}
   */
  public UpstreamClient(
      EventLoops loops,
      Resolver resolver,
      DescriptorBudget budget,
      IntSupplier tcpKeepAliveSeconds) {
    this.resolver = resolver;
    this.tcpKeepAliveSeconds = tcpKeepAliveSeconds;
    this.pools =
        loops.all().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), loop -> new UpstreamPool(loop, budget, this::isCurrent)));
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
   * Connects anew, to the first address of the server that answers. When none does that the name is
   * remembered to have, it is looked up once more, since it may have moved.
   *
   * @param timeoutMillis for all of it; 0 means the system's own
   * @param watch an eye on another connection meanwhile
   * @throws OutOfDescriptorsException when this process can't open a socket
   * @throws LookUpException when its name couldn't be looked up in time
   * @throws ConnectTimeoutException when connecting took too long
   * @throws ConnectException when no address could be connected to, or there is none, or TLS wasn't
   *     agreed upon; nothing was sent
   * @throws IOException what {@code watch} threw
   */
  public UpstreamConnection connect(
      EventLoop loop, UpstreamOrigin origin, long timeoutMillis, Watch watch) throws IOException {
    long deadline = EventLoop.deadlineMillis(timeoutMillis);
    Connection connection = new Connecting(resolver, loop, origin, deadline, watch).run();
    try {
      connection.tcp().keepAlive(tcpKeepAliveSeconds.getAsInt());
      if (origin.tls().isPresent()) {
        secure(connection, origin, deadline, watch);
      }
      return new UpstreamConnection(connection, pool(loop), origin);
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void secure(Connection connection, UpstreamOrigin origin, long deadline, Watch watch)
      throws IOException {
    SSLEngine engine = origin.tls().orElseThrow().engine(origin.host(), origin.port());
    CallerWatch caller = new CallerWatch(watch);
    try {
      TlsHandshake.Tasks tasks = task -> tlsTasks.run(origin, task);
      TlsHandshake.run(connection, engine, NOTHING, tasks, deadline, caller);
      TlsPeer.checkAge(engine);
    } catch (SSLException e) {
      throw new ConnectException(TlsFailure.text(e));
    } catch (DeadlineException e) {
      throw new ConnectTimeoutException();
    } catch (IOException e) {
      if (caller.calledOff()) {
        throw e;
      }
      throw new ConnectException("TLS: " + e.getMessage());
    }
  }

  /** Closes every idle connection, soon: each loop closes its own. None is kept from then on. */
  @Override
  public void close() {
    pools.forEach((loop, pool) -> loop.execute(pool::end));
    tlsTasks.close();
  }

  /** Whether a connection goes to an address that its server's name still has. */
  private boolean isCurrent(UpstreamConnection connection) {
    InetAddress address = connection.connection().remote().getAddress();
    return resolver.has(connection.origin().host(), address);
  }

  private UpstreamPool pool(EventLoop loop) {
    UpstreamPool pool = pools.get(loop);
    if (pool == null) {
      throw new IllegalArgumentException("a loop of another group");
    }
    return pool;
  }
}
