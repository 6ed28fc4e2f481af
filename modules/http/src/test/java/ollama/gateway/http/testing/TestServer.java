package ollama.gateway.http.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.Handler;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.http.server.Shortage;
import ollama.gateway.http.server.TrustedProxies;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.Rule;

/** A server on the loopback address that notes its events, with clients that end with it. */
public final class TestServer implements AutoCloseable {

  /** The server's bounds, to be changed one by one. */
  public static final class Bounds {
    /** Longer than any test waits. */
    private static final long NEVER_MILLIS = 2 * Tasks.SECONDS_MAX * 1000L;

    private int loops = 1;
    private HeadLimits head = HeadLimits.DEFAULT;
    private long headMillis = NEVER_MILLIS;
    private long keepAliveMillis = NEVER_MILLIS;
    private long bodyIdleMillis = NEVER_MILLIS;
    private long writeStallMillis = NEVER_MILLIS;
    private long lingerMillis = 10_000;
    private int connections;
    private int connectionsPerAddress;
    private int reservedConnections;
    private DescriptorBudget budget = DescriptorBudget.unbounded();
    private MemoryBudget headBudget = new MemoryBudget(1 << 20);
    private MemoryBudget aheadBudget = new MemoryBudget(8 << 20);
    private TrustedProxies proxies = TrustedProxies.NONE;
    private Optional<Supplier<TlsServer>> tls = Optional.empty();
    private Runnable onOpened = () -> {};

    /** Bounds that no test reaches. */
    public Bounds() {}

    /** How many loops there are. */
    public Bounds loops(int count) {
      loops = count;
      return this;
    }

    /** Of heads. */
    public Bounds head(HeadLimits limits) {
      head = limits;
      return this;
    }

    /** For a whole head. */
    public Bounds headMillis(long millis) {
      headMillis = millis;
      return this;
    }

    /** Between requests. */
    public Bounds keepAliveMillis(long millis) {
      keepAliveMillis = millis;
      return this;
    }

    /** Without a byte of a body. */
    public Bounds bodyIdleMillis(long millis) {
      bodyIdleMillis = millis;
      return this;
    }

    /** Without a byte taken by the client. */
    public Bounds writeStallMillis(long millis) {
      writeStallMillis = millis;
      return this;
    }

    /** Reading on behind a last answer. */
    public Bounds lingerMillis(long millis) {
      lingerMillis = millis;
      return this;
    }

    /** Connections in all. */
    public Bounds connections(int max) {
      connections = max;
      return this;
    }

    /** Connections of one address. */
    public Bounds connectionsPerAddress(int max) {
      connectionsPerAddress = max;
      return this;
    }

    /** Connections beyond all. */
    public Bounds reservedConnections(int max) {
      reservedConnections = max;
      return this;
    }

    /** Descriptors in all. */
    public Bounds budget(DescriptorBudget descriptors) {
      budget = descriptors;
      return this;
    }

    /** Memory of large heads. */
    public Bounds headBudget(MemoryBudget memory) {
      headBudget = memory;
      return this;
    }

    /** Memory of what is read ahead. */
    public Bounds aheadBudget(MemoryBudget memory) {
      aheadBudget = memory;
      return this;
    }

    /** TLS is spoken, with what is told anew for each connection. */
    public Bounds tls(Supplier<TlsServer> server) {
      tls = Optional.of(server);
      return this;
    }

    /** Whoever is in front. */
    public Bounds proxies(TrustedProxies inFront) {
      proxies = inFront;
      return this;
    }

    /** What happens, on the acceptor's thread, with each accepted connection. */
    public Bounds onOpened(Runnable action) {
      onOpened = action;
      return this;
    }

    private ServerOptions options() {
      return new ServerOptions(
          head,
          headMillis,
          keepAliveMillis,
          bodyIdleMillis,
          writeStallMillis,
          lingerMillis,
          connections,
          connectionsPerAddress,
          reservedConnections,
          60,
          proxies,
          false);
    }
  }

  private final EventLoops loops;
  private final HttpServer server;
  private final MemoryBudget headBudget;
  private final MemoryBudget aheadBudget;
  private final InetSocketAddress address;
  private volatile ServerOptions options;
  private final List<RawPeer> clients = new ArrayList<>();
  private final LinkedBlockingQueue<Rule> refusals = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<InetAddress> crowded = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<String> handshakes = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Shortage> pauses = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Shortage> idleClosed = new LinkedBlockingQueue<>();

  private TestServer(Bounds bounds, InetAddress host, Handler handler) throws IOException {
    loops = EventLoops.start(bounds.loops);
    options = bounds.options();
    headBudget = bounds.headBudget;
    aheadBudget = bounds.aheadBudget;
    ServerEvents events = new Notes(bounds.onOpened);
    server =
        new HttpServer(
            () -> options, loops, handler, events, bounds.budget, headBudget, aheadBudget);
    InetSocketAddress anywhere = new InetSocketAddress(host, 0);
    address =
        bounds.tls.isPresent()
            ? server.listenWithTls(anywhere, bounds.tls.get())
            : server.listen(anywhere);
  }

  /** Starts with bounds that no test reaches. */
  public static TestServer start(Handler handler) throws IOException {
    return start(new Bounds(), handler);
  }

  /** Starts with these bounds. */
  public static TestServer start(Bounds bounds, Handler handler) throws IOException {
    return new TestServer(bounds, InetAddress.getLoopbackAddress(), handler);
  }

  /** Starts on another address. */
  public static TestServer startOn(InetAddress host, Handler handler) throws IOException {
    return new TestServer(new Bounds(), host, handler);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** Changes the bounds that hold from the next request on; budgets and loops stay. */
  public void reload(Bounds bounds) {
    options = bounds.options();
  }

  /** The server. */
  public HttpServer server() {
    return server;
  }

  /** The loop of all its connections, if there is one only. */
  public EventLoop loop() {
    return loops.all().getFirst();
  }

  /** Its loops. */
  public EventLoops loops() {
    return loops;
  }

  /** A new client, closed with this server. */
  public RawPeer client() throws IOException {
    RawPeer client = new RawPeer(address);
    clients.add(client);
    return client;
  }

  /** The next rule that a client broke. */
  public Rule refusal() throws InterruptedException {
    return next(refusals, "refusal");
  }

  /** What a handler failed with. */
  public Throwable failure() throws InterruptedException {
    return next(failures, "failure");
  }

  /** The address that was refused a connection. */
  public InetAddress crowded() throws InterruptedException {
    return next(crowded, "crowd");
  }

  /** Why TLS wasn't agreed upon with a client next. */
  public String handshakeFailure() throws InterruptedException {
    return next(handshakes, "failed handshake");
  }

  /** Why accepting paused next. */
  public Shortage pause() throws InterruptedException {
    return next(pauses, "pause");
  }

  /** Why an idle connection was closed next. */
  public Shortage idleClosed() throws InterruptedException {
    return next(idleClosed, "closed idle connection");
  }

  /** How many closed connections {@link #idleClosed} hasn't given yet. */
  public int idlesClosed() {
    return idleClosed.size();
  }

  /** How many pauses {@link #pause} hasn't given yet. */
  public int pauses() {
    return pauses.size();
  }

  /** Waits until the server saw the end of all connections. */
  public void awaitNoConnections() {
    Tasks.until(() -> server.connectionCount() == 0, "connections that don't end");
  }

  /** Waits until no connection holds a buffer. */
  public void awaitNoBuffers() {
    Tasks.until(() -> buffersTaken() == 0, "buffers that nobody gives back");
  }

  private int buffersTaken() {
    return loops.all().stream().mapToInt(loop -> loop.buffers().taken()).sum();
  }

  /** Closes clients and server, and checks that nothing is left over. */
  @Override
  public void close() throws IOException {
    for (RawPeer client : clients) {
      client.close();
    }
    try {
      assertTrue(server.drain(Duration.ofSeconds(Tasks.SECONDS_MAX)), "connections are left");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      server.close();
      loops.close();
    }
    // Who was turned away is in no count of connections, and may just be ending.
    awaitNoBuffers();
    assertEquals(0, headBudget.takenBytes(), "memory of heads that nobody gave back");
    assertEquals(0, aheadBudget.takenBytes(), "memory of bytes that nobody gave back");
    assertEquals(List.of(), List.copyOf(failures), "failures that no test expected");
    assertEquals(List.of(), List.copyOf(refusals), "refusals that no test expected");
  }

  private static <T> T next(LinkedBlockingQueue<T> queue, String what) throws InterruptedException {
    T next = queue.poll(Tasks.SECONDS_MAX, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("no " + what + " in time");
    }
    return next;
  }

  private final class Notes implements ServerEvents {
    private final Runnable onOpened;

    Notes(Runnable onOpened) {
      this.onOpened = onOpened;
    }

    @Override
    public void opened() {
      onOpened.run();
    }

    @Override
    public void refused(InetAddress client, Rule rule) {
      refusals.add(rule);
    }

    @Override
    public void failed(Throwable failure) {
      failures.add(failure);
    }

    @Override
    public void idleClosed(Shortage shortage) {
      idleClosed.add(shortage);
    }

    @Override
    public void acceptPaused(Shortage shortage) {
      pauses.add(shortage);
    }

    @Override
    public void handshakeFailed(InetAddress client, String why) {
      handshakes.add(why);
    }

    @Override
    public void crowded(InetAddress client) {
      crowded.add(client);
    }
  }
}
