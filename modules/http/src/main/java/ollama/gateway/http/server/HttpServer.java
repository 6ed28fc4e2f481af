package ollama.gateway.http.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.http.tls.TlsTasks;

/** An HTTP/1.1 server on event loops. */
public final class HttpServer implements AutoCloseable {

  private final Supplier<ServerOptions> options;
  private final EventLoops loops;
  private final Handler handler;
  private final ServerEvents events;
  private final DescriptorBudget budget;
  private final MemoryBudget headBudget;
  private final MemoryBudget aheadBudget;
  private final List<Acceptor> acceptors = new CopyOnWriteArrayList<>();
  private final Connections connections;
  private final HttpClock clock = new HttpClock(InstantSource.system());
  private final TlsTasks tlsTasks = new TlsTasks();
  private final Object change = new Object();
  private volatile boolean draining;

  /**
   * A server that listens nowhere yet.
   *
   * @param options asked for anew for each request, so that they can change
   */
  public HttpServer(
      Supplier<ServerOptions> options, EventLoops loops, Handler handler, ServerEvents events) {
    this(
        options,
        loops,
        handler,
        events,
        DescriptorBudget.unbounded(),
        MemoryBudget.quarterOfHeap(),
        MemoryBudget.eighthOfHeap());
  }

  /**
   * The same within budgets.
   *
   * @param budget is not exceeded by accepting: each connection is promised two descriptors, one of
   *     the reserve one
   * @param headBudget what heads of more than 4 KiB take their memory from
   * @param aheadBudget what is read ahead beyond 16 KiB, so that a client that leaves is noticed,
   *     takes its memory from
   */
  public HttpServer(
      Supplier<ServerOptions> options,
      EventLoops loops,
      Handler handler,
      ServerEvents events,
      DescriptorBudget budget,
      MemoryBudget headBudget,
      MemoryBudget aheadBudget) {
    this.options = options;
    this.loops = loops;
    this.handler = handler;
    this.events = events;
    this.budget = budget;
    this.connections = new Connections(options, budget);
    this.headBudget = headBudget;
    this.aheadBudget = aheadBudget;
  }

  /**
   * Listens on an address; may be called for several.
   *
   * @return the address with the port that was chosen if it was 0
   * @throws IOException when the address can't be bound
   */
  public InetSocketAddress listen(InetSocketAddress address) throws IOException {
    return listen(address, Optional.empty());
  }

  /**
   * The same where TLS is spoken.
   *
   * @param tls asked for anew for each connection, so that its certificate can change
   */
  public InetSocketAddress listenWithTls(InetSocketAddress address, Supplier<TlsServer> tls)
      throws IOException {
    return listen(address, Optional.of(tls));
  }

  private InetSocketAddress listen(InetSocketAddress address, Optional<Supplier<TlsServer>> tls)
      throws IOException {
    Acceptor acceptor = Acceptor.open(this, loops, address, tls);
    acceptors.add(acceptor);
    acceptor.start();
    return acceptor.address();
  }

  /** Open connections. */
  public int connectionCount() {
    return connections.count();
  }

  /** Whether this server is on its way to stop. */
  public boolean draining() {
    return draining;
  }

  /**
   * Stops accepting, closes idle connections, lets requests finish with {@code Connection: close}.
   *
   * @return whether all connections ended within {@code atMost}
   * @throws InterruptedException when interrupted while waiting
   */
  public boolean drain(Duration atMost) throws InterruptedException {
    draining = true;
    acceptors.forEach(Acceptor::close);
    // First: a client that is told to connect anew must not come back here.
    for (Acceptor acceptor : acceptors) {
      acceptor.awaitClosed();
    }
    connections.forEach(c -> c.connection().loop().execute(c.phase()::closeIfIdle));
    long deadline = System.nanoTime() + atMost.toNanos();
    synchronized (change) {
      while (!connections.isEmpty()) {
        long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          return false;
        }
        change.wait(leftMillis);
      }
    }
    return true;
  }

  /** Stops accepting and cuts every connection, soon: each loop cuts its own. */
  @Override
  public void close() {
    draining = true;
    acceptors.forEach(Acceptor::close);
    connections.forEach(c -> c.connection().abort());
    tlsTasks.close();
  }

  ServerOptions options() {
    return options.get();
  }

  HttpClock clock() {
    return clock;
  }

  Handler handler() {
    return handler;
  }

  ServerEvents events() {
    return events;
  }

  TlsTasks tlsTasks() {
    return tlsTasks;
  }

  DescriptorBudget budget() {
    return budget;
  }

  MemoryBudget headBudget() {
    return headBudget;
  }

  MemoryBudget aheadBudget() {
    return aheadBudget;
  }

  Connections connections() {
    return connections;
  }

  /** Counts a connection in. */
  void opened(ClientConnection connection) {
    connections.add(connection);
    events.opened();
  }

  /** Lets who waits for room look again. */
  void lookForRoom() {
    connections.changed();
    acceptors.forEach(Acceptor::resume);
  }

  /** Counts a connection out, if it was in. */
  void closed(ClientConnection connection) {
    if (connections.remove(connection)) {
      events.closed();
      acceptors.forEach(Acceptor::resume);
      synchronized (change) {
        change.notifyAll();
      }
    }
  }
}
