package ollama.gateway.http.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Listener;

/** Accepts connections on one address and hands them to the loops in turn. */
final class Acceptor implements Runnable {

  private static final int BACKLOG = 1024;

  /** The pause after a failed accept: long enough not to spin, short enough not to be noticed. */
  private static final long PAUSE_MILLIS = 100;

  /** How long closing may take at most: the loop is stuck if it ever does. */
  private static final long CLOSE_MILLIS = 1000;

  /** Crowded-out connections that are told so at a time; any beyond are closed without a word. */
  private static final int TURNED_AWAY_MAX = 64;

  private final HttpServer server;
  private final EventLoops loops;
  private final EventLoop loop;
  private final Listener listener;
  private final AtomicInteger turnedAway = new AtomicInteger();
  private volatile boolean paused;

  private Acceptor(HttpServer server, EventLoops loops, EventLoop loop, Listener listener) {
    this.server = server;
    this.loops = loops;
    this.loop = loop;
    this.listener = listener;
  }

  static Acceptor open(HttpServer server, EventLoops loops, InetSocketAddress address)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      EventLoop loop = loops.next();
      return new Acceptor(server, loops, loop, new Listener(loop, channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  void start() {
    loop.startThread(this);
  }

  InetSocketAddress address() throws IOException {
    return listener.address();
  }

  /** Lets a paused acceptor look again. */
  void resume() {
    if (paused) {
      listener.wake();
    }
  }

  void close() {
    listener.close();
  }

  /** Waits a moment, after {@link #close}, until the system refuses connections. */
  void awaitClosed() throws InterruptedException {
    listener.awaitClosed(CLOSE_MILLIS);
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // it is about fairness; nothing relies on it
  public void run() {
    boolean failing = false;
    while (listener.isOpen()) {
      try {
        if (failing) {
          listener.pause(PAUSE_MILLIS);
        }
        Optional<Shortage> shortage = server.shortage();
        if (shortage.isPresent()) {
          pause(shortage.get());
        } else {
          Optional<SocketChannel> accepted = listener.accept();
          failing = false;
          accepted.ifPresent(this::serve);
        }
        // Whatever else is on this loop gets its turn, or a storm of connections would keep it.
        Thread.yield();
      } catch (IOException | RuntimeException | Error e) {
        // Out of descriptors, mostly: the waiting connections stay in the backlog. Whatever it is,
        // a server that accepts no more would be the worse.
        if (!failing && listener.isOpen()) {
          server.events().acceptFailed(String.valueOf(e.getMessage()));
        }
        failing = true;
      }
    }
  }

  /** Until there is room: clients wait in the backlog. */
  private void pause(Shortage first) {
    server.events().acceptPaused(first);
    paused = true;
    Optional<Shortage> shortage = Optional.of(first);
    while (shortage.isPresent() && listener.isOpen()) {
      if (shortage.get() == Shortage.DESCRIPTORS) {
        server.budget().reclaim();
      }
      listener.pause(PAUSE_MILLIS);
      shortage = server.shortage();
    }
    paused = false;
  }

  private void serve(SocketChannel channel) {
    EventLoop target = loops.next();
    ServerConnection connection;
    try {
      connection = new ServerConnection(server, accepted(target, channel));
    } catch (IOException e) {
      // It left before it was served.
      return;
    }
    try {
      if (server.admit(connection)) {
        target.startThread(connection);
      } else {
        turnAway(connection);
      }
    } catch (RuntimeException | Error e) {
      server.events().failed(e);
      connection.connection().close();
      server.closed(connection);
    }
  }

  private Connection accepted(EventLoop target, SocketChannel channel) throws IOException {
    Connection connection = Connection.accepted(target, channel);
    try {
      connection.keepAlive(server.options().tcpKeepAliveSeconds());
      return connection;
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  /** Tells a connection that there are too many of its address, if not too many are told so now. */
  private void turnAway(ServerConnection connection) {
    if (turnedAway.incrementAndGet() > TURNED_AWAY_MAX) {
      turnedAway.decrementAndGet();
      connection.connection().close();
      return;
    }
    server.budget().promise(1);
    var _ =
        connection
            .connection()
            .loop()
            .startThread(
                () -> {
                  try {
                    connection.turnAway();
                  } finally {
                    turnedAway.decrementAndGet();
                    server.budget().giveBack(1);
                  }
                });
  }
}
