package ollama.gateway.proxy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.balancer.HealthMonitor;
import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.TimeoutsConfig;
import ollama.gateway.http.client.Resolver;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.ScrapeFormat;

/**
 * Where a request is played with real sockets: a client and servers that do what their scripts say,
 * and between them an {@link Attempt} at the first server, or the whole of {@link Forwarding}.
 */
final class Stage implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 60;
  private static final int REPLAY_BYTES = 1 << 20;

  /** A request without a body. */
  static final String GET = "GET /api/tags HTTP/1.1\nHost: g\nConnection: close\n\n";

  /** One that is harmless to repeat. */
  static final String QUESTION =
      "POST /api/chat HTTP/1.1\nHost: g\nConnection: close\nContent-Length: 8\n\nquestion";

  /** The head of one that isn't, and whose body isn't kept. */
  static final String UPLOAD =
      "POST /api/blobs/sha256:0 HTTP/1.1\nHost: g\nConnection: close\nContent-Length: %d\n\n";

  /** The body of what a client gets that has seen nothing of the server's. */
  static final String UNTOUCHED = "untouched";

  private static final byte[] NOTHING_SEEN = UNTOUCHED.getBytes(StandardCharsets.US_ASCII);

  /** A log that wants nothing. */
  static final RequestLog NO_LOG =
      new RequestLog() {
        @Override
        public boolean enabled() {
          return false;
        }

        @Override
        public void finished(Entry entry) {}
      };

  /** What stands between client and servers. */
  private interface Act {
    Outcome run(Call call) throws PeerLeftException, ProtocolException;
  }

  /** What somebody does; whatever it throws when the other side is gone is no mistake. */
  interface Script {
    void play(Peer peer) throws IOException;
  }

  /**
   * How it ended.
   *
   * @param outcome what the try returned, or the exception that it threw
   * @param heard what the client got
   */
  record Played(Object outcome, String heard) {}

  private final EventLoops loops = EventLoops.start(1);
  private final Resolver resolver = new Resolver();
  private final UpstreamClient client = new UpstreamClient(loops, resolver);
  private final OffLoop offLoop = new OffLoop();
  private final GatewayMetrics metrics = new GatewayMetrics("gateway");
  private final Recorder recorder =
      new Recorder(metrics, NO_LOG, new Console(new NoAdmin(), "test"));
  private final MemoryBudget budget = new MemoryBudget(64 << 20);
  private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
  private final List<Peer> peers = new CopyOnWriteArrayList<>();
  private final Absent absent;
  private final List<ServerSocket> listening = new ArrayList<>();
  private final List<Thread> acceptors = new ArrayList<>();
  private final List<Script> scripts = new CopyOnWriteArrayList<>();
  private final List<AtomicInteger> connections = new ArrayList<>();
  private final HttpServer gateway;
  private final InetSocketAddress address;
  private final Settings settings;
  private volatile Act act = this::attempt;
  private volatile PayloadObserver observer = PayloadObserver.NONE;
  private volatile boolean mayReuse;
  private volatile boolean mayLeave;

  /** A stage with one server, on which one try is played. */
  static Stage ofOneTry() throws IOException {
    return ofOneTry("{}", "{}");
  }

  /** The same with these {@code timeouts} and this {@code loadBalancer}, both JSON. */
  static Stage ofOneTry(String timeouts, String loadBalancer) throws IOException {
    return new Stage(Absent.none(), 1, timeouts, loadBalancer);
  }

  /** A stage for one try where nobody listens. */
  static Stage ofNobody() throws IOException {
    return new Stage(Absent.refusing(1), 0, "{}", "{}");
  }

  /** The same where connecting neither succeeds nor fails. */
  static Stage ofOneThatIsFull(String timeouts) throws IOException {
    return new Stage(Absent.full(), 0, timeouts, "{}");
  }

  /** A stage with some servers, on which a request's whole way is played. */
  static Stage ofServers(int count, String timeouts) throws IOException {
    return ofServers(count, timeouts, "{}");
  }

  /** The same with this {@code loadBalancer}. */
  static Stage ofServers(int count, String timeouts, String loadBalancer) throws IOException {
    return new Stage(Absent.none(), count, timeouts, loadBalancer).wholeWay();
  }

  /** The same where nobody listens at the first addresses. */
  static Stage ofServers(int absent, int present, String timeouts) throws IOException {
    return new Stage(Absent.refusing(absent), present, timeouts, "{}").wholeWay();
  }

  private Stage wholeWay() {
    act = new OnePlan(client, metrics, recorder, offLoop)::run;
    return this;
  }

  private Stage(Absent absent, int present, String timeouts, String loadBalancer)
      throws IOException {
    this.absent = absent;
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    StringJoiner addresses = new StringJoiner("\", \"http://", "[\"http://", "\"]");
    absent.ports().forEach(port -> addresses.add("127.0.0.1:" + port));
    for (int i = 0; i < present; i++) {
      ServerSocket socket = new ServerSocket(0, 50, loopback);
      listening.add(socket);
      scripts.add(peer -> {});
      connections.add(new AtomicInteger());
      addresses.add("127.0.0.1:" + socket.getLocalPort());
    }
    settings =
        TestSettings.ofJson(
            """
            {"ollamaAddresses": %s, "timeouts": %s, "loadBalancer": %s}
            """
                .formatted(addresses, timeouts, loadBalancer));
    for (int i = 0; i < present; i++) {
      int server = i;
      acceptors.add(Thread.ofPlatform().daemon().start(() -> accept(server)));
    }
    gateway = new HttpServer(this::options, loops, this::act, ServerEvents.NONE);
    address = gateway.listen(new InetSocketAddress(loopback, 0));
  }

  /** What the first server that is there does with each connection. */
  Stage server(Script script) {
    return server(0, script);
  }

  /** What one of those that are there does with each connection. */
  Stage server(int index, Script script) {
    scripts.set(index, script);
    return this;
  }

  /** Connections that were made to a server. */
  int connections(int index) {
    return connections.get(index).get();
  }

  /** The try may go on an idle connection. */
  Stage mayReuse() {
    mayReuse = true;
    return this;
  }

  /** The request could go to another server. */
  Stage mayLeave() {
    mayLeave = true;
    return this;
  }

  /** Who is shown the answer of a try. */
  Stage observer(PayloadObserver observer) {
    this.observer = observer;
    return this;
  }

  /** The server, as the balancer knows it. */
  Upstream upstream() {
    return settings.balancer().servers().getFirst();
  }

  /**
   * One of those that are there takes no more connections: as long as a thread is about to accept
   * one, the system goes on making them.
   */
  void stopListening(int index) throws IOException {
    listening.get(index).close();
    try {
      acceptors.get(index).join();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted while a server stopped listening");
    }
  }

  /** Health is watched, and each check of the first server fails and counts. */
  HealthMonitor checksFail(CountDownLatch checks) {
    HealthMonitor monitor =
        new HealthMonitor(
            (checked, path, timeout) -> {
              if (!checked.url().equals(upstream().address())) {
                return 200;
              }
              checks.countDown();
              throw new IOException("no answer");
            },
            Thread.ofPlatform().daemon().factory());
    monitor.watch(settings.balancer(), settings.config().loadBalancer());
    return monitor;
  }

  /** What was counted. */
  String metrics() {
    return new String(metrics.scrape(ScrapeFormat.TEXT), StandardCharsets.UTF_8);
  }

  /** Plays a request whose client waits for the answer's end. */
  Played ask(String request) throws Exception {
    return play(peer -> peer.say(request));
  }

  /** Plays what a client does, who then hears all that comes. */
  Played play(Script script) throws Exception {
    try (Peer peer = new Peer(new Socket(address.getAddress(), address.getPort()))) {
      script.play(peer);
      return new Played(outcome(), peer.hearAll());
    }
  }

  /** Plays what a client does who then is gone. */
  Object playAndLeave(Script script) throws Exception {
    try (Peer peer = new Peer(new Socket(address.getAddress(), address.getPort()))) {
      script.play(peer);
    }
    return outcome();
  }

  /** Waits until another one's script, or the stage itself, has come to a point. */
  static void await(CountDownLatch point) {
    try {
      if (!point.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("it didn't come to that");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Object outcome() throws InterruptedException {
    Object outcome = outcomes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (outcome == null) {
      throw new AssertionError("nothing came of it");
    }
    return outcome;
  }

  private ServerOptions options() {
    TimeoutsConfig timeouts = settings.config().timeouts();
    ServerOptions usual = ServerOptions.defaults();
    return new ServerOptions(
        usual.head(),
        usual.headMillis(),
        usual.keepAliveMillis(),
        timeouts.bodyIdleSeconds() * 1000L,
        timeouts.writeStallSeconds() * 1000L,
        usual.lingerMillis(),
        usual.connections(),
        usual.connectionsPerAddress(),
        usual.reservedConnections(),
        usual.tcpKeepAliveSeconds(),
        usual.proxies(),
        false);
  }

  private void act(Exchange exchange) throws IOException {
    Outcome outcome;
    try {
      outcome = act.run(new Call(exchange, settings));
    } catch (IOException | RuntimeException | Error e) {
      outcomes.add(e);
      throw e;
    }
    outcomes.add(outcome);
    if (outcome instanceof Ending.Cut cut) {
      throw new IOException(cut.why());
    }
    if (outcome instanceof Outcome.Failed) {
      // Only possible where the client has seen nothing.
      exchange.response().respond(500, Optional.empty(), NOTHING_SEEN);
    }
  }

  private Outcome attempt(Call call) throws PeerLeftException, ProtocolException {
    call.attempt(settings.target(upstream()));
    boolean repeatable = RetryPolicy.repeatable(call.head().method(), call.route());
    Lease lease = settings.balancer().acquire("", server -> server != upstream()).orElseThrow();
    try (Stay stay = new ObservedStay(lease, call);
        Question question = new Question(repeatable ? REPLAY_BYTES : 0, budget)) {
      question.fill(call.exchange().body());
      Attempt attempt = new Attempt(call, client, stay, question, recorder, () -> mayLeave);
      Outcome outcome = attempt.run(mayReuse);
      if (outcome instanceof Ending.Whole) {
        call.exchange().response().end();
      }
      return outcome;
    }
  }

  private final class ObservedStay extends Stay {

    ObservedStay(Lease lease, Call call) {
      super(lease, null, call);
    }

    @Override
    PayloadObserver observer() {
      return observer;
    }
  }

  private void accept(int server) {
    try {
      while (true) {
        Peer peer = new Peer(listening.get(server).accept());
        connections.get(server).incrementAndGet();
        peers.add(peer);
        Thread.ofPlatform().daemon().start(() -> play(peer, scripts.get(server)));
      }
    } catch (IOException e) {
      // The play is over.
    }
  }

  private static void play(Peer peer, Script script) {
    try (peer) {
      script.play(peer);
    } catch (IOException e) {
      // The other side is gone.
    }
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket socket : listening) {
      socket.close();
    }
    absent.close();
    for (Peer peer : peers) {
      peer.close();
    }
    gateway.close();
    offLoop.close();
    client.close();
    loops.close();
    resolver.close();
  }
}
