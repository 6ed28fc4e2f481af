package ollama.gateway.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;

/**
 * A server that answers as Ollama does, without any model: the same routes, shapes, framing and
 * errors, and canned words for answers. Models can be listed, copied, created and deleted, but live
 * in memory only; blobs are digested and dropped.
 *
 * <p>Bounds: 1 MiB for a body of JSON (413 beyond), 1,000 models, 1,000 remembered blobs, 256 texts
 * to embed at once, 100,000 words of an answer.
 */
public final class DemoServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DemoServer.class.getName());

  private final Router router = new Router();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final LongAdder canceled = new LongAdder();
  private final HttpServer server;
  private final InetSocketAddress address;

  private DemoServer(EventLoops loops, InetSocketAddress wanted, Pace pace) throws IOException {
    Models models = new Models();
    Blobs blobs = new Blobs();
    new ListRoutes(models).addTo(router);
    new InferenceRoutes(models, pace).addTo(router);
    new EmbeddingRoutes(models).addTo(router);
    new ModelRoutes(models, blobs).addTo(router);
    new BlobRoutes(blobs).addTo(router);
    ServerOptions options = options();
    server = new HttpServer(() -> options, loops, this::handle, new Failures());
    address = server.listen(wanted);
  }

  /**
   * Starts a server on event loops that are running; it has no threads of its own.
   *
   * @param address where to listen; port 0 chooses a free one
   * @param pace of the answers
   * @throws IOException when the address can't be bound
   */
  public static DemoServer start(EventLoops loops, InetSocketAddress address, Pace pace)
      throws IOException {
    return new DemoServer(loops, address, pace);
  }

  /** Where it listens, with the port that was chosen. */
  public InetSocketAddress address() {
    return address;
  }

  /** Requests that are being answered now. */
  public int requestsInFlight() {
    return inFlight.get();
  }

  /** Requests whose client left before it had the whole answer, since the start. */
  public long canceled() {
    return canceled.sum();
  }

  /** Stops listening and cuts every connection; the event loops go on. */
  @Override
  public void close() {
    server.close();
  }

  private void handle(Exchange exchange) throws IOException {
    inFlight.incrementAndGet();
    try {
      router.answer(exchange);
    } catch (PeerLeftException e) {
      canceled.increment();
      throw e;
    } finally {
      inFlight.decrementAndGet();
    }
  }

  /** The usual bounds, but all connections may come from one address: from the gateway. */
  private static ServerOptions options() {
    ServerOptions usual = ServerOptions.defaults();
    return new ServerOptions(
        usual.head(),
        usual.headMillis(),
        usual.keepAliveMillis(),
        usual.bodyIdleMillis(),
        usual.writeStallMillis(),
        usual.lingerMillis(),
        usual.connections(),
        0,
        usual.reservedConnections(),
        usual.tcpKeepAliveSeconds(),
        usual.proxies(),
        false);
  }

  private static final class Failures implements ServerEvents {

    /** Connections that this side closes under a request are no failure. */
    @Override
    public void failed(Throwable failure) {
      if (!(failure instanceof IOException)) {
        LOG.log(System.Logger.Level.ERROR, "the demo server failed", failure);
      }
    }
  }
}
