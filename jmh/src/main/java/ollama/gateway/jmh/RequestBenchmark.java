package ollama.gateway.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import ollama.gateway.config.ConfigException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One small request and its answer on connections that are kept, over loopback: the whole way
 * through a real gateway with everything on. {@code direct} is the same without a gateway in
 * between. One thread plays both ends, so this is latency, not throughput.
 */
public class RequestBenchmark extends MicroBenchmark {

  // The gateway itself asks for the version without that.
  private static final byte[] REQUEST = Loopback.get("/api/version?for=benchmark");
  private static final String BODY = "{\"version\":\"0.30.99\"}";
  private static final byte[] ANSWER =
      ("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
              + "Date: Mon, 23 Nov 2026 00:50:10 GMT\r\nContent-Length: "
              + BODY.length()
              + "\r\n\r\n"
              + BODY)
          .getBytes(StandardCharsets.US_ASCII);

  private final byte[] buffer = new byte[4096];
  private Loopback loopback;
  private Loopback.Ends gateway;
  private Loopback.Ends direct;

  /** A first request opens the connections. */
  @Setup(Level.Trial)
  public void setUp() throws IOException, ConfigException, InterruptedException {
    loopback = new Loopback();
    gateway = loopback.throughTheGateway(REQUEST);
    gateway.server().getOutputStream().write(ANSWER);
    readAnswer(gateway.client());
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
    return ask(gateway);
  }

  /** Without it. */
  @Benchmark
  public int direct() throws IOException {
    return ask(direct);
  }

  private int ask(Loopback.Ends ends) throws IOException {
    ends.client().getOutputStream().write(REQUEST);
    // A head of some hundred bytes comes in one read.
    if (ends.server().getInputStream().read(buffer) < REQUEST.length / 2) {
      throw new IOException("a request in pieces");
    }
    ends.server().getOutputStream().write(ANSWER);
    return readAnswer(ends.client());
  }

  /** Heads differ in length, so the answer's end is where its body is whole. */
  private int readAnswer(Socket client) throws IOException {
    InputStream in = client.getInputStream();
    int count = in.read(buffer);
    while (count < BODY.length() || buffer[count - 1] != '}') {
      int more = in.read(buffer, count, buffer.length - count);
      if (more < 0) {
        throw new IOException("no whole answer");
      }
      count += more;
    }
    return count;
  }
}
