package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisException;

/** Whoever answers instead of a store, or in its place, can't have a gateway take all memory. */
@Timeout(120)
final class OversizedAnswerTest {

  /** Says the same for ever to who has said anything. */
  private static final class Talker implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final byte[] once;
    private final byte[] ever;

    Talker(String once, String ever) throws IOException {
      this.once = once.getBytes(StandardCharsets.US_ASCII);
      this.ever = ever.repeat(ever.isEmpty() ? 0 : 4096).getBytes(StandardCharsets.US_ASCII);
      Thread _ = Thread.ofVirtual().start(this::run);
    }

    private void run() {
      while (!listener.isClosed()) {
        try (Socket client = listener.accept()) {
          int _ = client.getInputStream().read();
          OutputStream out = client.getOutputStream();
          out.write(once);
          while (ever.length > 0) {
            out.write(ever);
          }
          // Until it is given up.
          long _ = client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
          // It has left.
        }
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "$2147483647, ''",
    "*2147483647, ''",
    "%1073741823, ''",
    "=2147483647, ''",
    "'', '*100000\r\n'",
    "+, a",
    "-, a",
    "*1000000000, ':1\r\n'",
  })
  void anAnswerThatIsTooLargeIsGivenUpBeforeThereIsMemoryForIt(String once, String ever)
      throws Exception {
    boolean isHead = once.length() > 1;
    try (Talker talker = new Talker(isHead ? once + "\r\n" : once, ever)) {
      JedisException refused = assertThrows(JedisException.class, () -> read(talker));
      String why = String.valueOf(refused.getMessage());
      assertTrue(why.startsWith("what the store answers is larger than 4 MiB"), why);
    }
  }

  private static void read(Talker talker) {
    HostAndPort there = new HostAndPort("127.0.0.1", talker.listener.getLocalPort());
    JedisClientConfig how =
        DefaultJedisClientConfig.builder()
            .socketTimeoutMillis(30_000)
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
            .build();
    JedisSocketFactory sockets = new DefaultJedisSocketFactory(there, how);
    try (BoundedConnection connection = BoundedConnection.open(sockets, how, 4 << 20)) {
      Wire _ = new Wire(connection);
    }
  }

  @Test
  void whoClaimsToSendMoreThanThereIsRoomForIsAsIfHeWereGone() throws Exception {
    Line line =
        new Line(List.of(new ServerSpec("gpu", 1, 0, 1)), new Soonest(), LineSettings.DEFAULT);
    try (Talker talker = new Talker("$2147483647\r\n", "")) {
      Member member = new Member(TestStore.config(talker.listener.getLocalPort()), "one", line);
      try {
        await("down", () -> !member.told.isEmpty());
        String why = member.told.getFirst();
        assertTrue(why.startsWith("down: what the store answers is larger than "), why);
        Demand demand = new Demand(new Demand.Rate("c", 1, 60, false), Demand.Key.NONE);
        assertEquals(Verdict.Kind.UNREACHABLE, member.ask(demand).kind());
      } finally {
        member.state.close();
      }
    }
  }
}
