package ollama.gateway.jmh;

import java.net.InetAddress;
import java.net.UnknownHostException;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.ratelimit.RateLimiter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The decision on one request, of clients that come in turn and are let in. */
public class RateLimitBenchmark extends MicroBenchmark {

  private static final int MAX_REQUESTS = 100;
  private static final int WINDOW_SECONDS = 60;

  /** How many clients there are. */
  @Param({"1", "10000"})
  public int clients;

  private RateLimiter<Subscriber> limiter;
  private Subscriber[] subscribers;
  private int turn;
  private long clock;

  /** A clock that goes on by so much that each client stays just below its limit. */
  @Setup(Level.Trial)
  public void setUp() throws UnknownHostException {
    subscribers = new Subscriber[clients];
    for (int i = 0; i < clients; i++) {
      byte[] address = {10, 0, (byte) (i >> 8), (byte) i};
      subscribers[i] = Subscriber.of(InetAddress.getByAddress(address));
    }
    long step = WINDOW_SECONDS * 1_000_000_000L / (MAX_REQUESTS - 1) / clients;
    limiter =
        new RateLimiter<>(
            new RateLimitConfig(MAX_REQUESTS, WINDOW_SECONDS, true),
            2 * clients,
            () -> clock += step);
  }

  /** One request. */
  @Benchmark
  public Decision acquire() {
    turn = turn + 1 == clients ? 0 : turn + 1;
    return limiter.acquire(subscribers[turn]);
  }
}
