package ollama.gateway.http.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.function.Supplier;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Listener;
import ollama.gateway.http.tls.TlsServer;

/** Accepts connections on one address and hands them to the loops in turn. */
final class Acceptor implements Runnable {

  private static final int BACKLOG = 1024;

  /** A pause: long enough not to spin, short enough not to be noticed. */
  private static final long PAUSE_MILLIS = 100;

  /** The look for room after which a pause is told: waiting a moment didn't help. */
  private static final int TOLD_AT = 2;

  /** How long closing may take at most: the loop is stuck if it ever does. */
  private static final long CLOSE_MILLIS = 1000;

  private final HttpServer server;
  private final EventLoops loops;
  private final EventLoop loop;
  private final Listener listener;
  private final Entrance entrance;
  private volatile boolean paused;

  private Acceptor(
      HttpServer server, EventLoops loops, EventLoop loop, Listener listener, Entrance entrance) {
    this.server = server;
    this.loops = loops;
    this.loop = loop;
    this.listener = listener;
    this.entrance = entrance;
  }

  static Acceptor open(
      HttpServer server,
      EventLoops loops,
      InetSocketAddress address,
      Optional<Supplier<TlsServer>> tls)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      EventLoop loop = loops.next();
      Entrance entrance = new Entrance(address.getAddress().isLoopbackAddress(), tls);
      return new Acceptor(server, loops, loop, new Listener(loop, channel), entrance);
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
        Optional<SocketChannel> accepted = listener.accept();
        failing = false;
        accepted.ifPresent(this::serve);
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

  private void serve(SocketChannel channel) {
    Connection connection;
    try {
      connection = Listener.adopt(loops.next(), channel);
    } catch (IOException e) {
      // It left before it was served.
      return;
    }
    try {
      connection.tcp().keepAlive(server.options().tcpKeepAliveSeconds());
      serve(connection);
    } catch (IOException e) {
      // The same.
      connection.close();
    } catch (RuntimeException | Error e) {
      server.events().failed(e);
      connection.close();
    }
  }

  private void serve(Connection connection) {
    Connections connections = server.connections();
    InetAddress client = connection.remote().getAddress();
    // First, so that one address can't have the connections of others closed.
    Connections.Entry entry = connections.enter(client);
    if (entry == Connections.Entry.REFUSED) {
      server.events().crowded(client);
      turnAway(new ClientConnection(server, connection, Place.ORDINARY, entrance));
      return;
    }
    Optional<ClientConnection> served = Optional.empty();
    boolean started = false;
    try {
      served = awaitPlace().map(place -> new ClientConnection(server, connection, place, entrance));
      if (served.isPresent()) {
        served.get().counted(entry == Connections.Entry.COUNTED);
        server.opened(served.get());
        connection.loop().startThread(served.get());
        started = true;
      }
    } finally {
      if (!started) {
        connection.close();
        if (served.isPresent() && connections.contains(served.get())) {
          server.closed(served.get());
        } else if (entry == Connections.Entry.COUNTED) {
          connections.leave(client);
        }
      }
    }
  }

  /**
   * A place for one more connection; none when this acceptor is closed meanwhile.
   *
   * <p>When there is no ordinary one, the connection that is idle for longest is closed. When none
   * is idle, this one gets a place of the reserve, and when that is used up, whoever has been there
   * without a whole head for longest loses its. Only when all of those are being answered, which
   * takes a moment, clients wait in the backlog: closing them at once would refuse probes with all
   * others, while here they are heard in their turn.
   */
  private Optional<Place> awaitPlace() {
    Connections connections = server.connections();
    int inVain = 0;
    while (listener.isOpen()) {
      long changes = connections.changes();
      Optional<Shortage> shortage = connections.shortage();
      if (shortage.isEmpty()) {
        return Optional.of(Place.ORDINARY);
      }
      if (shortage.get() == Shortage.DESCRIPTORS) {
        server.budget().reclaim();
      }
      boolean closing = connections.closeLongestIdle(shortage.get());
      if (!closing && connections.hasReserve()) {
        return Optional.of(Place.RESERVED);
      }
      if (!closing && !connections.closeSlowestReserved() && ++inVain == TOLD_AT) {
        server.events().acceptPaused(shortage.get());
      }
      paused = true;
      listener.pause(PAUSE_MILLIS, () -> connections.changes() != changes);
      paused = false;
    }
    return Optional.empty();
  }

  /** Tells a connection that there are too many of its address, if not too many are told so now. */
  private void turnAway(ClientConnection connection) {
    if (!server.connections().mayTurnAway()) {
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
                    server.connections().turnedAway();
                    server.budget().giveBack(1);
                  }
                });
  }
}
