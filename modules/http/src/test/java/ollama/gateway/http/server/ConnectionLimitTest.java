package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;

final class ConnectionLimitTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";

  @Test
  void oneAddressHasOnlySoManyConnections() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connectionsPerAddress(2);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      RawPeer first = server.client().send(GET);
      assertEquals(200, first.receive().status());
      assertEquals(200, server.client().send(GET).receive().status());

      RawPeer third = server.client();
      Answer refusal = third.receive();
      assertEquals(503, refusal.status());
      assertEquals("{\"error\":\"too many connections from this address\"}", refusal.body());
      assertEquals(List.of("1"), refusal.values("Retry-After"));
      assertTrue(refusal.saysClose());
      assertTrue(third.atEnd());
      assertEquals(InetAddress.getLoopbackAddress(), server.crowded());
      assertEquals(2, server.server().connectionCount());

      first.close();
      Tasks.until(() -> server.server().connectionCount() == 1, "it left and is still counted");
      assertEquals(200, server.client().send(GET).receive().status());
    }
  }

  @Test
  void theRefusalArrivesThoughTheClientHasSentItsRequest() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connectionsPerAddress(1);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      assertEquals(200, server.client().send(GET).receive().status());
      for (int i = 0; i < 30; i++) {
        try (RawPeer refused = new RawPeer(server.address())) {
          assertEquals(503, refused.send(GET).receive().status());
          assertEquals("", refused.send(GET).rest());
        }
      }
    }
  }

  @Test
  void otherAddressesHaveTheirOwn() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connectionsPerAddress(1);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      InetAddress other = InetAddress.ofLiteral("127.0.0.2");
      InetSocketAddress otherAddress = server.server().listen(new InetSocketAddress(other, 0));
      try (RawPeer one = new RawPeer(server.address());
          RawPeer two = new RawPeer(otherAddress, other)) {
        assertEquals(200, one.send(GET).receive().status());
        assertEquals(200, two.send(GET).receive().status());
      }
    }
  }

  @Test
  void oneAddressCantHaveTheConnectionsOfOthersClosed() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(1).connectionsPerAddress(1);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      RawPeer idle = server.client().send(GET);
      assertEquals(200, idle.receive().status());
      for (int i = 0; i < 30; i++) {
        assertEquals(503, server.client().receive().status());
      }
      assertEquals(200, idle.send(GET).receive().status());
    }
  }

  @Test
  void whoIsTurnedAwayTakesADescriptorMeanwhile() throws Exception {
    DescriptorBudget budget = new DescriptorBudget(4);
    TestServer.Bounds bounds = new TestServer.Bounds().budget(budget).connectionsPerAddress(1);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      assertEquals(200, server.client().send(GET).receive().status());
      RawPeer crowdedOut = server.client();
      assertEquals(503, crowdedOut.receive().status());
      assertFalse(budget.has(2));
      crowdedOut.close();
      Tasks.until(() -> budget.has(2), "a descriptor that nobody gave back");
      assertEquals(503, server.client().receive().status());
    }
  }

  @Test
  void manyClientsGetTheirTurnOneAfterTheOther() throws Exception {
    AtomicInteger most = new AtomicInteger();
    CompletableFuture<HttpServer> started = new CompletableFuture<>();
    Handler handler =
        exchange -> {
          most.accumulateAndGet(started.join().connectionCount(), Math::max);
          Handlers.ECHO.handle(exchange);
        };
    TestServer.Bounds bounds = new TestServer.Bounds().connections(3).loops(2);
    try (TestServer server = TestServer.start(bounds, handler)) {
      started.complete(server.server());
      List<RawPeer> clients = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        clients.add(server.client().send("GET / HTTP/1.1\nHost: a\nConnection: close\n\n"));
      }
      for (RawPeer client : clients) {
        assertEquals("GET / ", client.receive().body());
        client.close();
      }
      server.awaitNoConnections();

      assertTrue(most.get() <= 3, "at most " + most.get());
    }
  }
}
