package ollama.gateway.app.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A server that plays a script for each request and remembers what it saw. Health checks, {@code
 * GET /}, are answered beside the script and not remembered; the gateway answers that path itself,
 * so no client's request is taken for one.
 */
public final class FakeUpstream implements AutoCloseable {

  /** A {@link #health} that leaves checks without an answer. */
  public static final int SILENT = -1;

  private static final int WAIT_SECONDS = 60;

  /** Bound, and never listening. */
  private static final Socket REFUSING = new Socket();

  /** As many as any test connects at once, however late they are accepted. */
  private static final int BACKLOG = 2048;

  /** What happens with a request. */
  @FunctionalInterface
  public interface Script {
    /** Plays; an exception ends the connection. */
    void play(Call call) throws IOException;
  }

  private final ServerSocket listener;
  private final Thread acceptor;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Call> seen = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Call> unread = new LinkedBlockingQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final BlockingQueue<Long> checks = new LinkedBlockingQueue<>();
  private final AtomicInteger checkCount = new AtomicInteger();
  private volatile Script script;
  private volatile int health = 200;
  private volatile String lastCheckTarget = "";
  private volatile String models = "{}";
  private volatile int listStatus = 200;

  private FakeUpstream(InetSocketAddress address, Script script) throws IOException {
    this.script = script;
    listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(address, BACKLOG);
    acceptor = Thread.ofPlatform().name("upstream-" + port()).daemon().start(this::accept);
  }

  /** Starts a server on a port of its own; unchecked, so that a test's field can hold it. */
  public static FakeUpstream start(Script script) {
    try {
      return restart(0, script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server where one was before. */
  public static FakeUpstream restart(int port, Script script) throws IOException {
    return new FakeUpstream(new InetSocketAddress(loopback(), port), script);
  }

  /** Starts a server on another address of this machine, such as 127.0.0.2. */
  public static FakeUpstream startOn(String address, int port, Script script) throws IOException {
    return new FakeUpstream(new InetSocketAddress(InetAddress.ofLiteral(address), port), script);
  }

  /** A server that answers everything with {@code {}}. */
  public static FakeUpstream simple() {
    return start(call -> call.respond(200, "{}"));
  }

  /** A server that answers everything with its name: {@code {"by":"one"}}. */
  public static FakeUpstream named(String name) {
    return start(call -> call.respond(200, "{\"by\":\"" + name + "\"}"));
  }

  /**
   * An address where every connection is refused. Its port stays taken, so that nobody else can
   * come to listen there, such as the gateway before it.
   */
  public static String refusing() throws IOException {
    synchronized (REFUSING) {
      if (!REFUSING.isBound()) {
        REFUSING.bind(new InetSocketAddress(loopback(), 0));
      }
      return "http://127.0.0.1:" + REFUSING.getLocalPort();
    }
  }

  /** Where it listens, always the same. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Its address for the settings. */
  public String url() {
    return "http://127.0.0.1:" + port();
  }

  /** Plays another script from the next request on. */
  public void script(Script next) {
    script = next;
  }

  /**
   * Answers health checks with this status; 0 closes the connection instead, or {@link #SILENT}.
   */
  public void health(int status) {
    health = status;
  }

  /** Says, when it is asked, that it has these models, and all of them loaded. */
  public FakeUpstream has(String... names) {
    models =
        Arrays.stream(names)
            .map(name -> "{\"name\":\"" + name + "\",\"model\":\"" + name + "\"}")
            .collect(Collectors.joining(",", "{\"models\":[", "]}"));
    return this;
  }

  /** Says this, when it is asked which models it has. */
  public FakeUpstream lists(String json) {
    models = json;
    return this;
  }

  /** Answers with this status when it is asked which models it has, and is healthy. */
  public void listStatus(int status) {
    listStatus = status;
  }

  /**
   * How much the system takes of what isn't read, for connections that are accepted from now on.
   */
  public void receiveBufferBytes(int bytes) throws IOException {
    listener.setReceiveBufferSize(bytes);
  }

  /** All requests so far but health checks, in the order of their coming. */
  public List<Call> seen() {
    return seen;
  }

  /** Forgets all requests so far, which would else be kept for good. */
  public void forget() {
    seen.clear();
    unread.clear();
    checks.clear();
  }

  /** Waits for the next request that wasn't taken by this method yet. */
  public Call next() {
    return take(unread, "request");
  }

  /** Waits until so many requests came in all; those are taken for {@link #next}. */
  public void awaitSeen(int count) {
    while (seen.size() < count) {
      Call _ = next();
    }
  }

  /** Waits for the next health check and gives its time. */
  public long nextCheck() {
    return take(checks, "health check");
  }

  /** Forgets health checks, so that {@link #nextCheck} waits for a new one. */
  public void forgetChecks() {
    checks.clear();
  }

  /** What the last health check asked for. */
  public String lastCheckTarget() {
    return lastCheckTarget;
  }

  /** How many health checks came. */
  public int checkCount() {
    return checkCount.get();
  }

  /** How many connections were made, health checks included. */
  public int connections() {
    return connections.get();
  }

  /** How many connections are open. */
  public int open() {
    return sockets.size();
  }

  /** Stops listening and resets every connection, as a process that dies. */
  public void kill() throws IOException {
    stopListening();
    for (Socket socket : sockets) {
      try {
        socket.setSoLinger(true, 0);
      } catch (SocketException e) {
        // Its own thread closed it a moment ago.
      }
      socket.close();
    }
  }

  /** Closes every connection that is open, and goes on listening. */
  public void closeConnections() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    stopListening();
    closeConnections();
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static <T> T take(BlockingQueue<T> queue, String what) {
    try {
      T next = queue.poll(WAIT_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no " + what + " came in " + WAIT_SECONDS + " s");
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The port is free only when nobody waits in accept any more. */
  private void stopListening() throws IOException {
    listener.close();
    try {
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        int number = connections.incrementAndGet();
        Thread.ofPlatform()
            .name("upstream-" + port() + "-" + number)
            .daemon()
            .start(() -> serve(socket, number));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      socket.setTcpNoDelay(true);
      BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
      Optional<Head> head = Head.read(in);
      while (head.isPresent()) {
        Call call = new Call(head.get(), number, socket, in);
        if (isCheck(call)) {
          check(call);
          return;
        }
        seen.add(call);
        unread.add(call);
        script.play(call);
        if (call.closed()) {
          return;
        }
        String _ = call.readBody();
        head = Head.read(in);
      }
    } catch (IOException e) {
      // The other side went, or the script wants it to look so.
    } finally {
      sockets.remove(socket);
    }
  }

  private static boolean isCheck(Call call) {
    return call.method().equals("GET") && call.head().field("User-Agent").equals("ollama-gateway");
  }

  private void check(Call call) throws IOException {
    checkCount.incrementAndGet();
    lastCheckTarget = call.target();
    int status = health;
    if (status > 0) {
      boolean asksForModels = call.target().equals("/api/tags") || call.target().equals("/api/ps");
      call.respond(
          asksForModels && status == 200 ? listStatus : status, asksForModels ? models : "{}");
    }
    checks.add(System.nanoTime());
    if (status == SILENT) {
      long _ = call.awaitEnd();
    }
  }
}
