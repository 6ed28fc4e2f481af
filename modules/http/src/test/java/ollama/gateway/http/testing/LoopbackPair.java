package ollama.gateway.http.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.Optional;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Listener;

/** A loop with one connection, and the plain socket at the other end of it. */
public final class LoopbackPair implements AutoCloseable {

  private final Optional<EventLoops> own;
  private final Connection connection;
  private final Socket peer;

  private LoopbackPair(Optional<EventLoops> own, Connection connection, Socket peer) {
    this.own = own;
    this.connection = connection;
    this.peer = peer;
  }

  /** Connects a pair on a loop of its own; unchecked, so that a test's field can hold it. */
  public static LoopbackPair open() {
    try {
      EventLoops loops = EventLoops.start(1);
      return connect(Optional.of(loops), loops.next());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Connects one more pair on a loop, which closing it leaves alone. */
  public static LoopbackPair on(EventLoop loop) throws IOException {
    return connect(Optional.empty(), loop);
  }

  private static LoopbackPair connect(Optional<EventLoops> own, EventLoop loop) throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress address = (InetSocketAddress) listening.getLocalAddress();
      Socket peer = new Socket(address.getAddress(), address.getPort());
      peer.setSoTimeout(Tasks.SECONDS_MAX * 1000);
      return new LoopbackPair(own, Listener.adopt(loop, listening.accept()), peer);
    }
  }

  /** The loop. */
  public EventLoop loop() {
    return connection.loop();
  }

  /** The end that the loop watches. */
  public Connection connection() {
    return connection;
  }

  /** The other end, with a read timeout. */
  public Socket peer() {
    return peer;
  }

  /** Closes all, and checks that every buffer was given back. */
  @Override
  public void close() throws IOException {
    connection.close();
    peer.close();
    if (own.isPresent()) {
      own.get().close();
      assertEquals(0, loop().buffers().taken(), "buffers that nobody gave back");
    }
  }
}
