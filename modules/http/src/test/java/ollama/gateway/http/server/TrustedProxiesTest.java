package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.Test;

/** Proxies that are trusted connect for others, and may say for whom. */
final class TrustedProxiesTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";
  private static final String PROXY = "PROXY TCP4 192.0.2.7 127.0.0.1 1 2\n";
  private static final TrustedProxies INTRODUCE = new TrustedProxies(client -> true, true);
  private static final Handler WHO =
      exchange ->
          Handlers.text(
              exchange,
              200,
              exchange.clientText() + " " + exchange.subscriber().equals(of(exchange)));

  private static Subscriber of(Exchange exchange) {
    return Subscriber.of(exchange.client());
  }

  @Test
  void theirConnectionsAreNotCountedForOneAddress() throws Exception {
    TestServer.Bounds bounds =
        new TestServer.Bounds()
            .connectionsPerAddress(1)
            .proxies(new TrustedProxies(InetAddress::isLoopbackAddress, false));
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      for (int i = 0; i < 5; i++) {
        assertEquals(200, server.client().send(GET).receive().status());
      }
      assertEquals(5, server.server().connectionCount());
    }
  }

  @Test
  void theirConnectionsAreNotCountedForTheirNeighboursEither() throws Exception {
    // Of one /64, which counts as one client; only the first of them is a proxy.
    InetAddress proxy = InetAddress.ofLiteral("2001:db8::5");
    TrustedProxies proxies =
        new TrustedProxies(client -> client.isLoopbackAddress() || client.equals(proxy), true);
    try (TestServer server = TestServer.start(bounds(proxies).connectionsPerAddress(1), WHO)) {
      String line = "PROXY TCP6 %s ::1 1 2\n" + GET;
      for (int i = 0; i < 3; i++) {
        assertEquals(200, server.client().send(line.formatted("2001:db8::5")).receive().status());
      }
      assertEquals(200, server.client().send(line.formatted("2001:db8::7")).receive().status());
      assertEquals(503, server.client().send(line.formatted("2001:db8::8")).receive().status());
      assertEquals(InetAddress.ofLiteral("2001:db8::8"), server.crowded());
    }
  }

  @Test
  void whomTheyNameIsTheClientOfAllTheConnectionsRequests() throws Exception {
    try (TestServer server = TestServer.start(bounds(INTRODUCE), WHO)) {
      RawPeer client = server.client().send(PROXY + GET + GET);
      for (int i = 0; i < 2; i++) {
        assertEquals("192.0.2.7 true", client.receive().body());
      }
      assertEquals("192.0.2.7 true", client.send(GET).receive().body());
    }
  }

  @Test
  void aHeaderMayComeByteByByteAndTheRequestLongAfterIt() throws Exception {
    try (TestServer server = TestServer.start(bounds(INTRODUCE), WHO)) {
      RawPeer client = server.client();
      client.sendBytes(PROXY.replace("\n", "\r\n"), server.loop());
      Tasks.turn(server.loop());
      assertEquals("192.0.2.7 true", client.send(GET).receive().body());
    }
  }

  @Test
  void aProxyThatSpeaksForItselfIsTheClient() throws Exception {
    try (TestServer server = TestServer.start(bounds(INTRODUCE), WHO)) {
      assertEquals(
          "127.0.0.1 true", server.client().send("PROXY UNKNOWN\n" + GET).receive().body());
    }
  }

  @Test
  void whoIsNamedHasOnlySoManyConnections() throws Exception {
    TestServer.Bounds bounds = bounds(INTRODUCE).connectionsPerAddress(1);
    TrustedProxies loopback = new TrustedProxies(InetAddress::isLoopbackAddress, true);
    try (TestServer server = TestServer.start(bounds.proxies(loopback), WHO)) {
      RawPeer first = server.client().send(PROXY + GET);
      assertEquals(200, first.receive().status());

      Answer second = server.client().send(PROXY + GET).receive();
      assertEquals(503, second.status());
      assertEquals(List.of("1"), second.values("Retry-After"));
      assertEquals(InetAddress.ofLiteral("192.0.2.7"), server.crowded());
      String other = PROXY.replace("192.0.2.7", "192.0.2.8");
      assertEquals(200, server.client().send(other + GET).receive().status());

      first.close();
      Tasks.until(() -> server.server().connectionCount() == 1, "it left and is still counted");
      assertEquals(200, server.client().send(PROXY + GET).receive().status());
    }
  }

  @Test
  void oneThatSaysNothingAtAllIsClosedWithoutAWord() throws Exception {
    try (TestServer server = TestServer.start(bounds(INTRODUCE).headMillis(50), WHO)) {
      assertTrue(server.client().atEnd());
    }
  }

  @Test
  void nobodyElseMaySayForWhomItConnects() throws Exception {
    TrustedProxies others = new TrustedProxies(client -> !client.isLoopbackAddress(), true);
    try (TestServer server = TestServer.start(bounds(others), WHO)) {
      assertEquals("127.0.0.1 true", server.client().send(GET).receive().body());
      for (String header : new String[] {PROXY, "PROXY UNKNOWN\n"}) {
        assertEquals(400, server.client().send(header + GET).receive().status());
        assertEquals(Rule.REQUEST_LINE, server.refusal());
      }
    }
  }

  @Test
  void whoNeverGotPastItsHeaderIsClosedByADrain() throws Exception {
    try (TestServer server = TestServer.start(bounds(INTRODUCE), WHO)) {
      RawPeer client = server.client().send("PROXY TCP4");
      Tasks.until(() -> server.server().connectionCount() == 1, "it was never accepted");
      assertTrue(server.server().drain(java.time.Duration.ofSeconds(Tasks.SECONDS_MAX)));
      assertGone(client);
    }
  }

  private static void assertGone(RawPeer client) throws IOException {
    try {
      assertEquals("", client.rest());
    } catch (java.net.SocketException e) {
      // Closed with bytes that nobody had read.
    }
  }

  private static TestServer.Bounds bounds(TrustedProxies proxies) {
    return new TestServer.Bounds().proxies(proxies);
  }
}
