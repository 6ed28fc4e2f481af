package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.client.Resolver;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.PeriodTotals;
import ollama.gateway.usage.QuotaDecision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of requests whose limits several gateways keep. */
final class AskingTest {

  private static final long SECONDS_MAX = 30;

  /** Limits that say what they are told to, or nothing. */
  private static final class Limits implements SharedCounts {
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private volatile Verdict says = Verdict.PENDING;
    private volatile long patienceMillis = TimeUnit.SECONDS.toMillis(SECONDS_MAX);

    @Override
    public Permit ask(Demand demand, Runnable onDone) {
      seen.add("asked for " + demand.rate().max());
      if (says.kind() != Verdict.Kind.PENDING) {
        onDone.run();
      }
      return new Permit() {
        @Override
        public Verdict verdict() {
          return says;
        }

        @Override
        public void admitHere() {
          seen.add("admitted here");
        }

        @Override
        public void abandon() {
          seen.add("abandoned");
        }

        @Override
        public void settle(PeriodTotals usedHere, long tokens) {
          seen.add("settled");
        }
      };
    }

    @Override
    public long patienceNanos() {
      return TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    }

    @Override
    public int shutOutSeconds(String who) {
      return 0;
    }

    @Override
    public Condition condition() {
      return new Condition(true, 2, 0);
    }

    @Override
    public Others others(Optional<String> keyId, Optional<LocalDate> since) {
      return Others.NONE;
    }

    void sees(String... expected) throws InterruptedException {
      for (String next : expected) {
        assertEquals(next, seen.poll(SECONDS_MAX, TimeUnit.SECONDS));
      }
    }
  }

  private final Limits limits = new Limits();
  private final OffLoop offLoop = new OffLoop();
  private final Resolver resolver = new Resolver();
  private final EventLoops loops;
  private Optional<HttpServer> server = Optional.empty();
  private InetSocketAddress address = new InetSocketAddress(0);

  AskingTest() throws IOException {
    loops = EventLoops.start(1);
  }

  @AfterEach
  void close() {
    server.ifPresent(HttpServer::close);
    offLoop.close();
    resolver.close();
    loops.close();
  }

  private Socket connect(String onFailure, int max) throws IOException {
    Settings settings =
        TestSettings.sharing(
            """
            {"ollamaAddresses": ["http://127.0.0.1:1"],
             "rateLimit": {"enabled": true, "maxRequests": %d, "timeWindowSeconds": 60},
             "shared": {"url": "valkey://127.0.0.1:1", "onFailure": "%s"}}
            """
                .formatted(max, onFailure),
            limits);
    Gateway gateway =
        new Gateway(
            () -> settings,
            new UpstreamClient(loops, resolver),
            new Console(new NoAdmin(), "test"),
            new GatewayMetrics("gateway"),
            offLoop,
            new RequestLog() {
              @Override
              public boolean enabled() {
                return false;
              }

              @Override
              public void finished(Entry entry) {}
            },
            new HttpChallenges());
    HttpServer listens =
        new HttpServer(ServerOptions::defaults, loops, gateway, new ServerEvents() {});
    server = Optional.of(listens);
    address = listens.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    return again();
  }

  private Socket again() throws IOException {
    return new Socket(address.getAddress(), address.getPort());
  }

  private static void send(Socket socket) throws IOException {
    String head =
        "GET /api/version HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer "
            + TestSettings.KEY
            + "\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
  }

  private static String answer(Socket socket) throws IOException {
    send(socket);
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private static Verdict verdict(Verdict.Kind kind) {
    boolean allowed = kind != Verdict.Kind.TOO_OFTEN;
    return new Verdict(kind, new Decision(allowed, 7, 3, 40, allowed ? 0 : 40), QuotaDecision.NONE);
  }

  /** No server is there, so what isn't refused fails. */
  private static void assertLetIn(String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 50"), answer);
    assertTrue(!answer.contains("shares with others"), answer);
  }

  @Test
  void whatAllGatewaysSayHoldsAndIsTold() throws Exception {
    limits.says = verdict(Verdict.Kind.TOO_OFTEN);
    try (Socket socket = connect("local", 1_000)) {
      String answer = answer(socket);
      assertTrue(answer.startsWith("HTTP/1.1 429"), answer);
      assertTrue(answer.contains("\r\nRetry-After: 40\r\n"), answer);
      assertTrue(answer.contains("\r\nRateLimit-Limit: 7\r\n"), answer);
    }
    limits.sees("asked for 1000", "settled");
  }

  @Test
  void whatAllGatewaysAdmitIsLetInAndSettled() throws Exception {
    limits.says = verdict(Verdict.Kind.ADMITTED);
    try (Socket socket = connect("local", 1_000)) {
      assertLetIn(answer(socket));
    }
    limits.sees("asked for 1000", "settled");
  }

  @Test
  void withoutAVerdictInTimeThisGatewayDecides() throws Exception {
    limits.patienceMillis = 20;
    try (Socket socket = connect("local", 1_000)) {
      assertLetIn(answer(socket));
    }
    limits.sees("asked for 1000", "admitted here", "settled");
  }

  @Test
  void whatThisGatewayRefusesThenIsNotAdmitted() throws Exception {
    limits.patienceMillis = 20;
    try (Socket socket = connect("local", 1)) {
      assertLetIn(answer(socket));
    }
    limits.sees("asked for 1", "admitted here", "settled");
    try (Socket socket = again()) {
      assertTrue(answer(socket).startsWith("HTTP/1.1 429"));
    }
    limits.sees("asked for 1", "settled");
  }

  @Test
  void whereItIsToRefuseRequestsAreRefusedWithoutAVerdict() throws Exception {
    limits.says = Verdict.UNREACHABLE;
    try (Socket socket = connect("refuse", 1_000)) {
      String answer = answer(socket);
      assertTrue(answer.startsWith("HTTP/1.1 503"), answer);
      assertTrue(answer.contains("shares with others"), answer);
    }
    limits.sees("asked for 1000", "abandoned");
    assertEquals(List.of(), List.copyOf(limits.seen));
  }

  @Test
  void aClientThatLeavesWhileItWaitsGivesUp() throws Exception {
    try (Socket socket = connect("local", 1_000)) {
      send(socket);
      limits.sees("asked for 1000");
    }
    limits.sees("abandoned");
  }
}
