package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that has all the connections that it may have, when one more client comes. */
final class FullServerTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";
  private static final String BUSY = "GET /busy HTTP/1.1\nHost: a\n\n";
  private static final String PROBE = "GET /probe HTTP/1.1\nHost: a\n\n";

  private final Semaphore busy = new Semaphore(0);
  private final CountDownLatch over = new CountDownLatch(1);

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theConnectionIdleLongestGivesWay(int loops) throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(3).loops(loops);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      List<RawPeer> clients = List.of(server.client(), server.client(), server.client());
      for (RawPeer client : clients) {
        assertEquals(200, client.send(GET).receive().status());
      }
      // A client may have its answer before its connection counts as idle: so the others go on for
      // longer than that takes.
      keepAskingFor(500, clients.get(2));
      assertEquals(200, clients.get(0).send(GET).receive().status());

      assertEquals(200, server.client().send(GET).receive().status());
      assertEquals("", clients.get(1).rest());
      assertEquals(Shortage.CONNECTIONS, server.idleClosed());
      assertEquals(3, server.server().connectionCount());
      assertEquals(200, clients.get(0).send(GET).receive().status());
      assertEquals(200, clients.get(2).send(GET).receive().status());
      assertEquals(0, server.pauses());
    }
  }

  @Test
  void whoNeverSaidAnythingIsIdleSinceItCame() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(2);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer silent = server.client();
      RawPeer kept = server.client();
      // It has had its moment then.
      keepAskingFor(200, kept);

      assertEquals(200, server.client().send(GET).receive().status());
      assertEquals("", silent.rest());
      assertEquals(200, kept.send(GET).receive().status());
    }
  }

  @Test
  void whoIsLingeredForIsIdleToo() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(1).lingerMillis(3_600_000);
    try (TestServer server = TestServer.start(bounds.bodyIdleMillis(0), this::handle)) {
      RawPeer answered = server.client();
      answered.send("POST / HTTP/1.1\nHost: a\nContent-Length: 9999999\n\n");
      assertTrue(answered.receive().saysClose());

      assertEquals(200, server.client().send(GET).receive().status());
    }
  }

  @Test
  void whoseHeadDoesntGetOnGivesWayWhenNobodyIsIdle() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(3);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer slow = server.client().send("GET / HT");
      RawPeer slower = server.client().send("GET /");
      RawPeer idle = server.client().send(GET);
      assertEquals(200, idle.receive().status());

      RawPeer first = busy(server);
      assertEquals("", idle.rest());
      // Each has its second, and begins anew with none.
      RawPeer second = busy(server);
      RawPeer third = busy(server);
      assertEquals("", slow.rest());
      assertEquals("", slower.rest());
      over.countDown();
      for (RawPeer answered : List.of(first, second, third)) {
        assertEquals(200, answered.receive().status());
      }
    }
  }

  @Test
  void aHeadThatCameSlowlyIsServedWhereThereIsRoom() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(2);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer slow = server.client().send("GET / HT");
      RawPeer kept = server.client();
      // Longer than a head is waited for where there is none. The end of it without asking: a
      // client
      // may have its answer before its connection counts as idle.
      keepAskingFor(700, kept);
      TimeUnit.MILLISECONDS.sleep(500);
      // The idle one goes first.
      assertEquals(200, server.client().send(GET).receive().status());
      assertEquals("", kept.rest());
      assertEquals(200, slow.send("TP/1.1\nHost: a\n\n").receive().status());
    }
  }

  /** Who waits for the end of a connection that has ended long ago would wait in vain. */
  @Test
  void whoWasFoundIdleAndLeftByItselfGivesNoPlace() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(3).lingerMillis(3_600_000);
    try (TestServer server = TestServer.start(bounds.bodyIdleMillis(0), this::handle)) {
      List<RawPeer> answered = List.of(server.client(), server.client(), server.client());
      for (RawPeer client : answered) {
        client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 9999999\n\n");
        assertTrue(client.receive().saysClose());
      }
      RawPeer first = busy(server);
      assertEquals(Shortage.CONNECTIONS, server.idleClosed());
      for (RawPeer client : answered) {
        client.close();
      }
      Tasks.until(() -> server.server().connectionCount() == 1, "connections that don't end");

      RawPeer second = busy(server);
      assertEquals(200, server.client().send(GET).receive().status());
      RawPeer third = busy(server);
      assertEquals(Shortage.CONNECTIONS, server.idleClosed());
      assertEquals(0, server.idlesClosed());
      over.countDown();
      for (RawPeer client : List.of(first, second, third)) {
        assertEquals(200, client.receive().status());
      }
    }
  }

  /** A connection that costs a look at all others each time would take long here. */
  @Test
  void aFloodOfIdleConnectionsShutsNobodyOut() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(200).loops(2);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      List<RawPeer> flood = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        flood.add(server.client());
        if (i % 50 == 0) {
          assertEquals(200, server.client().send(GET).receive().status());
        }
      }
      assertEquals(200, server.client().send(GET).receive().status());
      // Each acceptor may go beyond by one.
      assertTrue(server.server().connectionCount() <= 201);
      assertEquals("", flood.getFirst().rest());
    }
  }

  @Test
  void whereNoneIsIdleAFewMoreAreServedAsTheHandlerLikes() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(2).reservedConnections(2);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer one = busy(server);
      RawPeer two = busy(server);
      for (int i = 0; i < 20; i++) {
        Answer probe = server.client().send(PROBE).receive();
        assertEquals(200, probe.status());
        assertTrue(probe.saysClose());
        RawPeer refused = server.client().send(GET + GET);
        assertEquals(503, refused.receive().status());
        assertEquals("", refused.rest());
      }
      assertEquals(0, server.pauses());

      over.countDown();
      assertEquals(200, one.receive().status());
      assertEquals(200, two.receive().status());
      assertFalse(server.client().send(GET).receive().saysClose());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET / HT"})
  void whoDawdlesLosesItsReservedPlace(String begin) throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(1).reservedConnections(1);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer ordinary = busy(server);
      RawPeer slow = server.client().send(begin);
      RawPeer probe = server.client().send(PROBE);

      assertEquals(200, probe.receive().status());
      assertTrue(slow.atEnd());
      over.countDown();
      assertEquals(200, ordinary.receive().status());
    }
  }

  @Test
  void whenAllAreAtWorkOthersWaitUntilOneHasEnded() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(1).reservedConnections(1);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer ordinary = busy(server);
      RawPeer reserved = busy(server);
      RawPeer third = server.client().send(PROBE);
      assertEquals(Shortage.CONNECTIONS, server.pause());
      assertEquals(2, server.server().connectionCount());

      over.countDown();
      assertEquals(200, third.receive().status());
      assertEquals(200, ordinary.receive().status());
      assertEquals(200, reserved.receive().status());
      assertEquals(0, server.pauses(), "a pause that was told twice");
    }
  }

  @Test
  void withoutAReserveOthersWaitToo() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().connections(2);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer first = busy(server);
      RawPeer second = busy(server);
      RawPeer third = server.client().send(GET);
      assertEquals(Shortage.CONNECTIONS, server.pause());
      first.close();
      busy.release();
      over.countDown();

      assertEquals(200, third.receive().status());
      assertEquals(200, second.receive().status());
    }
  }

  /** Two for each, so that its request can go to a server, and one for each reserved place. */
  @Test
  void aConnectionIsAcceptedOnlyWithItsDescriptors() throws Exception {
    DescriptorBudget budget = new DescriptorBudget(6);
    AtomicInteger reclaims = new AtomicInteger();
    budget.onShortage(reclaims::incrementAndGet);
    TestServer.Bounds bounds = new TestServer.Bounds().budget(budget).reservedConnections(1);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer first = busy(server);
      RawPeer second = busy(server);
      assertEquals(503, server.client().send(GET).receive().status());
      assertEquals(200, server.client().send(PROBE).receive().status());
      assertTrue(reclaims.get() > 0);
      RawPeer reserved = busy(server);
      RawPeer fourth = server.client().send(PROBE);
      assertEquals(Shortage.DESCRIPTORS, server.pause());
      assertEquals(3, server.server().connectionCount());
      assertFalse(budget.has(2));

      over.countDown();
      assertEquals(200, first.receive().status());
      assertEquals(200, second.receive().status());
      assertEquals(200, reserved.receive().status());
      assertEquals(200, fourth.receive().status());
    }
    assertTrue(budget.has(6), "descriptors that nobody gave back");
  }

  @Test
  void anIdleConnectionGivesItsDescriptorsToOthers() throws Exception {
    DescriptorBudget budget = new DescriptorBudget(4);
    TestServer.Bounds bounds = new TestServer.Bounds().budget(budget);
    try (TestServer server = TestServer.start(bounds, this::handle)) {
      RawPeer idle = server.client().send(GET);
      assertEquals(200, idle.receive().status());
      RawPeer working = busy(server);

      assertEquals(200, server.client().send(GET).receive().status());
      assertEquals("", idle.rest());
      assertEquals(Shortage.DESCRIPTORS, server.idleClosed());
      over.countDown();
      assertEquals(200, working.receive().status());
    }
    assertTrue(budget.has(4), "descriptors that nobody gave back");
  }

  /** Lets time pass for others, while this one isn't idle for long. */
  private static void keepAskingFor(long millis, RawPeer client) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      assertEquals(200, client.send(GET).receive().status());
    }
  }

  private RawPeer busy(TestServer server) throws IOException, InterruptedException {
    RawPeer client = server.client().send(BUSY);
    assertTrue(busy.tryAcquire(Tasks.SECONDS_MAX, TimeUnit.SECONDS), "not served");
    return client;
  }

  private void handle(Exchange exchange) throws IOException {
    String path = exchange.request().path();
    if (path.equals("/busy")) {
      busy.release();
      Handlers.await(over);
    } else if (exchange.reserved() && !path.equals("/probe")) {
      Handlers.text(exchange, 503, "no room");
      return;
    }
    Handlers.text(exchange, 200, "");
  }
}
