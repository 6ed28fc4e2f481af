package ollama.gateway.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Listener;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.http.tls.TlsClient;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ResponseParser;
import ollama.gateway.jmh.MicroBenchmark;
import ollama.gateway.jmh.Traffic;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The heads that the gateway writes in place of those that it got, up to the flush. */
public class ForwardingBenchmark extends MicroBenchmark {

  private static final UpstreamAddress SERVER = new UpstreamAddress("127.0.0.1", 11434, "");

  private final CountDownLatch done = new CountDownLatch(1);
  private EventLoops loops;
  private HttpServer server;
  private Socket client;
  private Connection connection;
  private Output output;
  private Call call;
  private UpstreamTarget target;
  private ResponseHead response;

  /** A real exchange, whose handler waits until this ends. */
  @Setup(Level.Trial)
  public void setUp() throws IOException, InterruptedException, ExecutionException {
    loops = EventLoops.start(1);
    CompletableFuture<Exchange> begun = new CompletableFuture<>();
    server =
        new HttpServer(
            ServerOptions::defaults, loops, exchange -> hold(begun, exchange), ServerEvents.NONE);
    InetSocketAddress address =
        server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    client = new Socket(address.getAddress(), address.getPort());
    client.getOutputStream().write(Traffic.requestHead());
    call = new Call(begun.get(), settings());
    connection = Listener.adopt(loops.next(), SocketChannel.open(address));
    output = new Output(connection);
    target = call.settings().target(call.settings().balancer().servers().getFirst());
    response =
        new ResponseParser()
            .parse(ByteBuffer.wrap(Traffic.responseHead()), HeadLimits.DEFAULT, false)
            .orElseThrow();
  }

  /** Ends it. */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    done.countDown();
    client.close();
    connection.close();
    server.close();
    loops.close();
  }

  /** To the server. */
  @Benchmark
  public int request() {
    ForwardedHead.write(call, target, call.head().framing(), false, output);
    int size = output.size();
    output.discard();
    return size;
  }

  /** To the client. */
  @Benchmark
  public int response() {
    RelayedHead.write(call, response);
    int status = call.exchange().response().status();
    call.exchange().response().withdraw();
    return status;
  }

  private void hold(CompletableFuture<Exchange> begun, Exchange exchange) throws IOException {
    begun.complete(exchange);
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IOException("the benchmark has ended");
  }

  private static Settings settings() {
    return Settings.of(
        GatewayConfig.defaults(List.of(OllamaServer.ofPlain(SERVER))),
        server -> TlsClient.of(List.of(), Optional.empty()),
        (s, up, why) -> {},
        Ledger.inMemory(Bounds.DEFAULT, InstantSource.system()));
  }
}
