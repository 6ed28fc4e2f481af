package ollama.gateway.jmh;

import java.io.IOException;
import ollama.gateway.config.ConfigException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One token of a stream, from the server's write to the client's read, over loopback: the whole way
 * through a real gateway with everything on, in step. {@code direct} is the same two sockets
 * without a gateway in between.
 */
public class TokenBenchmark extends MicroBenchmark {

  private final byte[] chunk = Traffic.chunk();
  private final byte[] received = new byte[chunk.length];
  private Loopback loopback;
  private Loopback.Ends gateway;
  private Loopback.Ends direct;

  /** A stream that has begun. */
  @Setup(Level.Trial)
  public void setUp() throws IOException, ConfigException, InterruptedException {
    loopback = new Loopback();
    gateway = loopback.throughTheGateway(Loopback.get("/api/stream"));
    gateway.server().getOutputStream().write(Traffic.responseHead());
    Loopback.readHead(gateway.client().getInputStream());
    direct = Loopback.direct();
  }

  /** Ends everything. */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    gateway.close();
    direct.close();
    loopback.close();
  }

  /** Through the gateway. */
  @Benchmark
  public int throughTheGateway() throws IOException {
    return pass(gateway);
  }

  /** Without it. */
  @Benchmark
  public int direct() throws IOException {
    return pass(direct);
  }

  private int pass(Loopback.Ends ends) throws IOException {
    ends.server().getOutputStream().write(chunk);
    return ends.client().getInputStream().readNBytes(received, 0, chunk.length);
  }
}
