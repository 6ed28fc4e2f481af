package ollama.gateway.http.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A poller, sockets that it looks after, and who they are connected to. The thread is the loop. */
abstract class PollerScene {

  static final Duration MAX = Duration.ofSeconds(20);

  Poller poller;
  ServerSocketChannel server;
  final List<AutoCloseable> opened = new ArrayList<>();

  abstract Poller newPoller() throws IOException;

  @BeforeEach
  void open() throws Exception {
    poller = newPoller();
    server =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    server.close();
    poller.close();
  }

  /** A socket with the poller, what it was told, and who it is connected to. */
  final class Pair implements Watcher {
    final SocketChannel channel;
    final SocketChannel peer;
    final Port port;
    int told;
    int times;

    Pair() throws IOException {
      peer = SocketChannel.open(server.getLocalAddress());
      channel = server.accept();
      channel.configureBlocking(false);
      port = poller.port(channel, this);
      opened.add(peer);
      opened.add(port::close);
    }

    @Override
    public void ready(int ops) {
      told |= ops;
      times++;
    }

    void send(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
      while (bytes.hasRemaining()) {
        peer.write(bytes);
      }
    }

    String read(int max) throws IOException {
      ByteBuffer into = ByteBuffer.allocateDirect(max);
      int count = port.read(into);
      assertEquals(Math.max(0, count), into.position());
      byte[] bytes = new byte[into.position()];
      into.flip().get(bytes);
      return count < 0 ? "end" : new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What the peer gets until it has so much, or the end. */
    String received(int bytes) {
      ByteBuffer into = ByteBuffer.allocate(bytes);
      boolean ended = false;
      try {
        while (into.hasRemaining() && !ended) {
          ended = peer.read(into) < 0;
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      String text = new String(into.array(), 0, into.position(), StandardCharsets.ISO_8859_1);
      return ended ? text + "|end" : text;
    }

    /** Writes until nothing more is taken; returns what was meant to be written. */
    ByteBuffer fill() throws IOException {
      ByteBuffer much = ByteBuffer.allocateDirect(64_000_000);
      int idle = 0;
      while (idle < 20) {
        idle = port.write(much) == 0 ? idle + 1 : 0;
        poller.look();
      }
      return much;
    }
  }

  void turnUntil(BooleanSupplier done) throws IOException {
    long deadline = System.nanoTime() + MAX.toNanos();
    while (!done.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, "nothing was told");
      poller.await(100);
    }
  }

  /** What the peer gets up to the end, while the poller takes its turns. */
  String receivedMeanwhile(Pair pair) throws IOException {
    CompletableFuture<String> received = CompletableFuture.supplyAsync(() -> pair.received(100));
    turnUntil(received::isDone);
    return received.join();
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
