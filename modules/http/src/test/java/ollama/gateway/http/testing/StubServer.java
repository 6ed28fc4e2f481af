package ollama.gateway.http.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.client.UpstreamOrigin;

/** A server that does on each connection what a script says, each on a thread of its own. */
public final class StubServer implements AutoCloseable {

  /** What happens on a connection; it is closed at the end. */
  public interface Script {
    /**
     * Plays the server's part.
     *
     * @param peer the server's end
     * @param number of this connection, from 1
     */
    void play(RawPeer peer, int number) throws Exception;
  }

  private final ServerSocket listening;
  private final Thread acceptor;
  private final Script script;
  private final AtomicInteger accepted = new AtomicInteger();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private StubServer(ServerSocket listening, Script script) {
    this.listening = listening;
    this.script = script;
    acceptor = Thread.ofPlatform().daemon().name("stub-accept").start(this::accept);
  }

  /** Starts on the loopback address. */
  public static StubServer start(Script script) throws IOException {
    return startOn(InetAddress.getLoopbackAddress(), script);
  }

  /** Starts on another address. */
  public static StubServer startOn(InetAddress host, Script script) throws IOException {
    return startOn(new InetSocketAddress(host, 0), script);
  }

  /** Starts on another address and this port. */
  public static StubServer startOn(InetSocketAddress address, Script script) throws IOException {
    return new StubServer(new ServerSocket(address.getPort(), 50, address.getAddress()), script);
  }

  /** Starts on a socket that listens already. */
  public static StubServer startOn(ServerSocket listening, Script script) {
    return new StubServer(listening, script);
  }

  /** Answers every request the same, for as long as the client likes. */
  public static Script always(String answerTextBlock) {
    return (peer, number) -> {
      while (true) {
        peer.receiveRequestHead();
        peer.send(answerTextBlock);
      }
    };
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  /** The same, as a client says it. */
  public UpstreamOrigin origin() {
    return new UpstreamOrigin(address().getAddress().getHostAddress(), address().getPort());
  }

  /** How many connections came. */
  public int accepted() {
    return accepted.get();
  }

  /** Closes everything, and waits until nothing more is accepted. */
  @Override
  public void close() throws IOException {
    listening.close();
    try {
      // Until it has left its call, the system goes on listening.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        sockets.add(socket);
        int number = accepted.incrementAndGet();
        Thread.ofPlatform().daemon().name("stub-" + number).start(() -> play(socket, number));
      }
    } catch (IOException e) {
      // Closed, and with it done.
    }
  }

  private void play(Socket socket, int number) {
    try (RawPeer peer = new RawPeer(socket)) {
      script.play(peer, number);
    } catch (Exception | AssertionError e) {
      // The client left, as a rule; what it saw is what its test judges.
    }
  }
}
