package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.http.server.TrustedProxies;
import ollama.gateway.http.wire.FieldName;

/**
 * Answers like an Ollama server, without a model: a small JSON for {@code /api/version}, for {@code
 * /stream/RATE} lines at that rate a second, each with the time at which it was sent, until the
 * client leaves, for {@code /large/BYTES} so many bytes, and to a blob that it has taken it.
 */
final class FakeOllama implements AutoCloseable {

  static final String STAMP = "\"sent\":";
  static final int STAMP_DIGITS = 19;

  /** What a length stands behind. */
  static final String LARGE = "/large/";

  /** A stream that costs tokens. */
  static final String CHAT = "/api/chat";

  /** What takes uploads, and has no bound for them in a gateway. */
  static final String BLOBS = "/api/blobs/";

  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int CHAT_LINES_PER_SECOND = 50;

  private static final FieldName CONTENT_TYPE = FieldName.of("Content-Type");

  private static final byte[] VERSION =
      "{\"version\":\"0.30.99\"}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MODELS =
      "{\"models\":[{\"name\":\"tiny:latest\"}]}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LINE =
      ("{\"model\":\"tiny\",\"created_at\":\"2026-01-01T00:00:00.000000000Z\","
              + STAMP
              + "0000000000000000000,\"response\":\" word\",\"done\":false}\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final int STAMP_AT =
      new String(LINE, StandardCharsets.US_ASCII).indexOf(STAMP) + STAMP.length();

  private final Pacer pacer = new Pacer();
  private final HttpServer server;
  private final InetSocketAddress address;

  FakeOllama(EventLoops loops) throws IOException {
    ServerOptions none =
        new ServerOptions(
            ServerOptions.defaults().head(),
            60_000,
            600_000,
            60_000,
            60_000,
            30_000,
            0,
            0,
            0,
            0,
            TrustedProxies.NONE,
            false);
    server = new HttpServer(() -> none, loops, this::handle, ServerEvents.NONE);
    address = server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  int port() {
    return address.getPort();
  }

  @Override
  public void close() {
    server.close();
    pacer.close();
  }

  private void handle(Exchange exchange) throws IOException {
    String path = exchange.request().path();
    if (path.equals(CHAT)) {
      drop(exchange.body());
      stream(exchange, CHAT_LINES_PER_SECOND);
    } else if (path.startsWith("/stream/")) {
      stream(exchange, Integer.parseInt(path.substring("/stream/".length())));
    } else if (path.startsWith(LARGE)) {
      large(exchange, Long.parseLong(path.substring(LARGE.length())));
    } else {
      if (path.startsWith(BLOBS)) {
        drop(exchange.body());
      }
      byte[] answer = path.equals("/api/tags") ? MODELS : VERSION;
      exchange.response().respond(200, Optional.of("application/json"), answer);
    }
  }

  private void stream(Exchange exchange, int linesPerSecond) throws IOException {
    ResponseWriter response = exchange.response();
    response.start(200, Framing.CHUNKED);
    response.field(CONTENT_TYPE, "application/x-ndjson");
    response.endHead();
    byte[] line = LINE.clone();
    long periodNanos = 1_000_000_000L / linesPerSecond;
    long next = System.nanoTime() + (long) (Math.random() * periodNanos);
    while (true) {
      pacer.awaitNanos(next);
      exchange.check();
      stamp(line, System.nanoTime());
      response.body(line);
      response.flush();
      next += periodNanos;
    }
  }

  private static void large(Exchange exchange, long bytes) throws IOException {
    ResponseWriter response = exchange.response();
    response.start(200, Framing.ofLength(bytes));
    response.field(CONTENT_TYPE, "application/octet-stream");
    response.endHead();
    byte[] block = new byte[BLOCK_BYTES];
    for (long left = bytes; left > 0; left -= BLOCK_BYTES) {
      response.body(left < BLOCK_BYTES ? new byte[(int) left] : block);
      response.flush();
    }
    response.end();
  }

  private static void drop(RequestBody body) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    while (!body.done()) {
      if (body.atHand()) {
        body.take(block.clear());
      } else {
        body.await(null);
      }
    }
  }

  private static void stamp(byte[] line, long nanos) {
    long rest = nanos;
    for (int i = STAMP_DIGITS - 1; i >= 0; i--) {
      line[STAMP_AT + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
