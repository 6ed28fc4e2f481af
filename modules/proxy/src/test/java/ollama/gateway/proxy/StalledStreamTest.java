package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.client.Resolver;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.metrics.GatewayMetrics;
import org.junit.jupiter.api.Test;

/** Clients that stop reading endless answers. */
class StalledStreamTest {

  private static final int STREAMS = 4;
  private static final int PIECE_BYTES = 64 * 1024;

  /** What the sockets of one way may hold; their bounds differ from system to system. */
  private static final long SOCKETS_BYTES_MAX = 96L << 20;

  private static final long ANSWER_BYTES = 4 * SOCKETS_BYTES_MAX;

  private final AtomicLong sent = new AtomicLong();

  @Test
  void aStalledStreamHoldsOneBufferAndReadsNoMore() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    List<Socket> clients = new ArrayList<>();
    try (ServerSocket upstream = new ServerSocket(0, STREAMS, loopback);
        Resolver resolver = new Resolver();
        OffLoop offLoop = new OffLoop();
        EventLoops loops = EventLoops.start(1)) {
      Thread.ofPlatform().daemon().start(() -> accept(upstream));
      Settings settings =
          TestSettings.before(new UpstreamAddress("127.0.0.1", upstream.getLocalPort(), ""));
      UpstreamClient client = new UpstreamClient(loops, resolver);
      Gateway gateway =
          new Gateway(
              () -> settings,
              client,
              new Console(new NoAdmin(), "test"),
              new GatewayMetrics("gateway"),
              offLoop,
              Stage.NO_LOG,
              new HttpChallenges());
      try (HttpServer server =
          new HttpServer(ServerOptions::defaults, loops, gateway, ServerEvents.NONE)) {
        InetSocketAddress address = server.listen(new InetSocketAddress(loopback, 0));
        for (int i = 0; i < STREAMS; i++) {
          clients.add(ask(address));
        }
        awaitStall();
        long held = sent.get();
        assertTrue(held > 0 && held < STREAMS * SOCKETS_BYTES_MAX, held + " bytes were taken");
        int buffers = loops.all().getFirst().buffers().taken();
        assertTrue(buffers <= STREAMS, buffers + " buffers");

        // Who reads again gets all that was sent, and the stream goes on.
        for (Socket stalled : clients) {
          stalled.getInputStream().skipNBytes(held);
        }
        assertTrue(sent.get() > held, "the streams don't go on");
        for (Socket stalled : clients) {
          stalled.close();
        }
        awaitNoConnections(server);
      }
    }
  }

  private static Socket ask(InetSocketAddress address) throws IOException {
    Socket client = new Socket();
    client.setReceiveBufferSize(8 * 1024);
    client.setSoTimeout(60_000);
    client.connect(address);
    String request = "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer sekret\r\n\r\n";
    client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    assertEquals('H', client.getInputStream().read());
    return client;
  }

  private void accept(ServerSocket upstream) {
    try {
      while (true) {
        Socket connection = upstream.accept();
        Thread.ofPlatform().daemon().start(() -> stream(connection));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private void stream(Socket connection) {
    String piece = Integer.toHexString(PIECE_BYTES) + "\r\n" + "x".repeat(PIECE_BYTES) + "\r\n";
    byte[] chunk = piece.getBytes(StandardCharsets.US_ASCII);
    try (connection;
        InputStream in = connection.getInputStream();
        OutputStream out = connection.getOutputStream()) {
      // The whole request comes at once.
      assertTrue(in.read(new byte[8192]) > 0);
      out.write(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      for (long left = ANSWER_BYTES; left > 0; left -= PIECE_BYTES) {
        out.write(chunk);
        sent.addAndGet(PIECE_BYTES);
      }
    } catch (IOException e) {
      // The gateway closed it, as its client has left.
    }
  }

  /** Nothing tells that nothing more comes, but that nothing came for a while. */
  private void awaitStall() {
    long before = -1;
    while (before != sent.get() || before == 0) {
      before = sent.get();
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    }
  }

  private static void awaitNoConnections(HttpServer server) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (server.connectionCount() > 0) {
      assertTrue(System.nanoTime() - deadline < 0, "connections that don't end");
      LockSupport.parkNanos(1_000_000);
    }
  }
}
