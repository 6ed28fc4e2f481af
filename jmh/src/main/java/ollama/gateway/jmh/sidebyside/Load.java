package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Connector;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.loop.TlsHandshake;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.tls.TlsClient;
import ollama.gateway.http.tls.TlsTasks;

/** Clients on one event loop, all alike. */
final class Load implements AutoCloseable {

  static final String KEY = "benchmark-key-0123456789";

  private static final String CHAT =
      "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

  private static final long UPLOAD_BYTES = 1L << 30;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int MEBIBYTE = 1 << 20;

  private static final TlsTasks TASKS = new TlsTasks();
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final EventLoop loop;
  private final Optional<X509Certificate> trusted;
  private final Optional<TlsClient> tls;
  private final InetSocketAddress address;
  private final byte[] request;
  private final byte[] uploadHead;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final AtomicInteger ready = new AtomicInteger();
  private final AtomicInteger errors = new AtomicInteger();
  private final AtomicLong requests = new AtomicLong();
  private final Samples latencies = new Samples();
  // Less than a MiB; of the loop's thread.
  private int uncountedBytes;
  private volatile boolean measuring;
  private volatile boolean closing;

  /**
   * Clients of a proxy.
   *
   * @param trusted whose certificate they expect; empty where TLS isn't spoken
   */
  Load(EventLoop loop, int port, String path, Optional<X509Certificate> trusted) {
    this.loop = loop;
    this.trusted = trusted;
    this.tls = trusted.map(Load::client);
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.request =
        path.equals(FakeOllama.CHAT)
            ? head("POST " + path, port, "Content-Length: " + CHAT.length() + "\r\n", CHAT)
            : head("GET " + path, port, "", "");
    this.uploadHead = head("POST " + path, port, "Content-Length: " + UPLOAD_BYTES + "\r\n", "");
  }

  private static byte[] head(String methodAndPath, int port, String field, String body) {
    return (methodAndPath
            + " HTTP/1.1\r\nHost: 127.0.0.1:"
            + port
            + "\r\nAuthorization: Bearer "
            + KEY
            + "\r\nUser-Agent: side-by-side\r\nAccept: */*\r\n"
            + field
            + "\r\n"
            + body)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Clients that ask again as soon as they have an answer. */
  void askers(int count) {
    start(count, this::ask);
  }

  /** Clients that read one stream until the end of the load. */
  void streamers(int count) {
    start(count, this::stream);
  }

  /** Clients that ask for another large answer as soon as they have one; MiB are counted. */
  void downloaders(int count) {
    start(count, this::download);
  }

  /** Clients that send a large body again and again; MiB are counted. */
  void uploaders(int count) {
    start(count, this::upload);
  }

  /** Clients that ask once and keep their connection. */
  void idlers(int count) {
    start(count, this::idle);
  }

  /**
   * Clients that connect for each request.
   *
   * @param resume whether they go on with the session of another connection
   */
  void comers(int count, boolean resume) {
    for (int i = 0; i < count; i++) {
      loop.startThread(() -> come(resume));
    }
  }

  /** Clients that got a first answer. */
  int ready() {
    return ready.get();
  }

  int errors() {
    return errors.get();
  }

  /** Starts to count; what came before was the warm-up. */
  void measure() {
    loop.execute(
        () -> {
          latencies.clear();
          requests.set(0);
          measuring = true;
        });
  }

  /** Ends counting. */
  void endMeasure() {
    measuring = false;
  }

  long requests() {
    return requests.get();
  }

  Samples latencies() {
    return latencies;
  }

  @Override
  public void close() {
    closing = true;
    connections.forEach(Connection::close);
  }

  private interface Client {
    void run(Connection connection, Input input, Output output) throws IOException;
  }

  private void start(int count, Client client) {
    for (int i = 0; i < count; i++) {
      loop.startThread(() -> run(client));
    }
  }

  private static TlsClient client(X509Certificate trusted) {
    return TlsClient.of(List.of(trusted), Optional.empty());
  }

  private Connection connect(Optional<TlsClient> with) throws IOException {
    long deadline = EventLoop.deadlineMillis(60_000);
    Connection connection = Connector.connect(loop, address, deadline, Watch.NONE);
    if (with.isPresent()) {
      SSLEngine engine = with.get().engine("localhost", address.getPort());
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setCipherSuites(new String[] {TlsPair.SUITE});
      parameters.setProtocols(new String[] {"TLSv1.3"});
      engine.setSSLParameters(parameters);
      try {
        TlsHandshake.Tasks tasks = task -> TASKS.run(this, task);
        TlsHandshake.run(connection, engine, NOTHING, tasks, deadline, Watch.NONE);
      } catch (IOException e) {
        connection.close();
        throw e;
      }
    }
    return connection;
  }

  private void come(boolean resume) {
    boolean first = true;
    while (!closing) {
      // Who has no session yet can't resume one.
      try (Connection connection = connect(resume ? tls : trusted.map(Load::client))) {
        Input input = new Input(connection);
        try {
          long began = System.nanoTime();
          send(new Output(connection), request);
          new Response(connection, input).readWhole();
          answered(began, first);
          first = false;
        } finally {
          input.discard();
        }
      } catch (IOException e) {
        if (!closing) {
          errors.incrementAndGet();
          return;
        }
      }
    }
  }

  private void run(Client client) {
    try (Connection connection = connect(tls)) {
      connections.add(connection);
      Input input = new Input(connection);
      try {
        client.run(connection, input, new Output(connection));
      } finally {
        input.discard();
      }
    } catch (IOException e) {
      if (!closing) {
        errors.incrementAndGet();
      }
    }
  }

  private void ask(Connection connection, Input input, Output output) throws IOException {
    Response response = new Response(connection, input);
    boolean first = true;
    while (!closing) {
      long began = System.nanoTime();
      send(output, request);
      response.readWhole();
      answered(began, first);
      first = false;
    }
  }

  private void answered(long beganNanos, boolean first) {
    if (measuring) {
      latencies.add(System.nanoTime() - beganNanos);
      requests.incrementAndGet();
    }
    if (first) {
      ready.incrementAndGet();
    }
  }

  private void idle(Connection connection, Input input, Output output) throws IOException {
    send(output, request);
    new Response(connection, input).readWhole();
    ready.incrementAndGet();
    connection.awaitReadable(null, Timer.NEVER, "the end");
  }

  private void stream(Connection connection, Input input, Output output) throws IOException {
    send(output, request);
    Response response = new Response(connection, input);
    response.readHead();
    ready.incrementAndGet();
    ByteBuffer lines = ByteBuffer.allocate(64 * 1024);
    while (!closing) {
      response.readSome(lines);
      lines.flip();
      takeLines(lines);
      lines.compact();
    }
  }

  private void download(Connection connection, Input input, Output output) throws IOException {
    Response response = new Response(connection, input);
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    send(output, request);
    response.readHead();
    ready.incrementAndGet();
    while (!closing) {
      response.readSome(block.clear());
      countBytes(block.position());
      if (response.done()) {
        send(output, request);
        response.readHead();
      }
    }
  }

  private void upload(Connection connection, Input input, Output output) throws IOException {
    Response response = new Response(connection, input);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    ready.incrementAndGet();
    while (!closing) {
      send(output, uploadHead);
      for (long left = UPLOAD_BYTES; left > 0; left -= BLOCK_BYTES) {
        write(connection, block.clear());
        countBytes(BLOCK_BYTES);
        // Who never has to wait would keep the loop from starting to count.
        Thread.yield();
      }
      response.readWhole();
    }
  }

  private static void write(Connection connection, ByteBuffer block) throws IOException {
    while (block.hasRemaining()) {
      if (connection.write(block) == 0) {
        connection.awaitWritable(false, null, EventLoop.deadlineMillis(60_000));
      }
    }
  }

  private void countBytes(int bytes) {
    uncountedBytes += bytes;
    if (uncountedBytes >= MEBIBYTE) {
      uncountedBytes -= MEBIBYTE;
      if (measuring) {
        requests.incrementAndGet();
      }
    }
  }

  private void takeLines(ByteBuffer lines) {
    for (int i = lines.position(); i < lines.limit(); i++) {
      if (lines.get(i) == '\n') {
        if (measuring) {
          latencies.add(System.nanoTime() - sent(lines));
          requests.incrementAndGet();
        }
        lines.position(i + 1);
      }
    }
  }

  /** The stamp of the line at the buffer's position. */
  private static long sent(ByteBuffer line) {
    int at = line.position();
    while (line.get(at) != 's' || line.get(at + 4) != '"' || line.get(at + 5) != ':') {
      at++;
    }
    long nanos = 0;
    for (int i = 0; i < FakeOllama.STAMP_DIGITS; i++) {
      nanos = nanos * 10 + line.get(at + 6 + i) - '0';
    }
    return nanos;
  }

  private static void send(Output output, byte[] head) throws IOException {
    output.room(head.length).put(head);
    output.flush(60_000);
  }
}
