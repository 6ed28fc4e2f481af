package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.testing.FullBacklog;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.StubServer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.WatchOn;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class UpstreamClientTest {

  private static final String ANSWER = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi";

  @AutoClose private final ClientFixture fixture = new ClientFixture();

  @Test
  void connectsByNameAndByAddress() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      assertEquals("hi", fixture.get(new UpstreamOrigin("127.0.0.1", server.address().getPort())));
      assertEquals("hi", fixture.get(new UpstreamOrigin("localhost", server.address().getPort())));
    }
  }

  @Test
  void connectsToIpv6() throws Exception {
    InetAddress host = InetAddress.ofLiteral("::1");
    try (StubServer server = StubServer.startOn(host, StubServer.always(ANSWER))) {
      assertEquals("hi", fixture.get(new UpstreamOrigin("::1", server.address().getPort())));
    }
  }

  @Test
  void nobodyListensIsAConnectException() throws Exception {
    // Bound, so that nobody else comes to listen there meanwhile.
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      UpstreamOrigin nobody = new UpstreamOrigin("127.0.0.1", bound.getLocalPort());

      ConnectException refused = assertThrows(ConnectException.class, () -> fixture.get(nobody));
      assertEquals("Connection refused", refused.getMessage());
    }
  }

  @Test
  void anImpossibleAddressIsAConnectException() {
    ConnectException unknown =
        assertThrows(
            ConnectException.class, () -> fixture.get(new UpstreamOrigin("256.256.256.256", 80)));
    assertEquals("the name 256.256.256.256 can't be resolved", unknown.getMessage());
  }

  @Test
  void noConnectionInTimeIsAConnectException() throws Exception {
    try (FullBacklog full = FullBacklog.open()) {
      UpstreamOrigin origin = new UpstreamOrigin("127.0.0.1", full.address().getPort());
      ConnectException late =
          assertThrows(
              ConnectException.class,
              () ->
                  fixture.run(
                      () -> fixture.client().connect(fixture.loop(), origin, 50, Watch.NONE)));

      assertEquals("no connection in time", late.getMessage());
    }
  }

  @Test
  void anAddressThatDoesntAnswerLeavesTimeToTheOthers() throws Exception {
    InetAddress dead = InetAddress.ofLiteral("127.0.0.1");
    InetAddress live = InetAddress.ofLiteral("127.0.0.2");
    Resolver both = new Resolver(host -> List.of(dead, live), System::nanoTime);
    try (FullBacklog full = FullBacklog.open();
        StubServer server =
            StubServer.startOn(
                new InetSocketAddress(live, full.address().getPort()), StubServer.always(ANSWER));
        ClientFixture client = new ClientFixture(both)) {
      UpstreamOrigin origin = new UpstreamOrigin("a.example", full.address().getPort());
      InetAddress connected = connect(client, origin, 2_000);

      assertEquals(live, connected);
      Tasks.until(() -> server.accepted() == 1, "not accepted");
    }
  }

  @Test
  void whenNoRememberedAddressAnswersTheNameIsLookedUpAnew() throws Exception {
    AtomicReference<InetAddress> place = new AtomicReference<>(InetAddress.ofLiteral("127.0.0.2"));
    AtomicLong nanoTime = new AtomicLong();
    Resolver moving = new Resolver(host -> List.of(place.get()), nanoTime::get);
    StubServer.Script script = StubServer.always(ANSWER);
    InetSocketAddress old = new InetSocketAddress(place.get(), 0);
    try (ClientFixture client = new ClientFixture(moving)) {
      UpstreamOrigin origin;
      try (StubServer before = StubServer.startOn(old, script)) {
        origin = new UpstreamOrigin("a.example", before.address().getPort());
        assertEquals("hi", client.get(origin));
        assertTrue(client.takeIdle(origin));
      }
      nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
      place.set(InetAddress.ofLiteral("127.0.0.3"));
      InetSocketAddress next = new InetSocketAddress(place.get(), origin.port());
      try (StubServer after = StubServer.startOn(next, script)) {
        assertEquals("hi", client.get(origin));
        assertEquals(1, after.accepted());
      }
    }
  }

  @Test
  void anOldAddressThatDoesNotEvenRefuseLeavesTimeForTheNewOne() throws Exception {
    try (FullBacklog full = FullBacklog.open()) {
      InetAddress live = InetAddress.ofLiteral("127.0.0.2");
      AtomicReference<InetAddress> place = new AtomicReference<>(full.address().getAddress());
      AtomicLong nanoTime = new AtomicLong();
      Resolver moving = new Resolver(host -> List.of(place.get()), nanoTime::get);
      UpstreamOrigin origin = new UpstreamOrigin("a.example", full.address().getPort());
      InetSocketAddress next = new InetSocketAddress(live, origin.port());
      try (ClientFixture client = new ClientFixture(moving);
          StubServer after = StubServer.startOn(next, StubServer.always(ANSWER))) {
        assertThrows(ConnectTimeoutException.class, () -> connect(client, origin, 50));
        nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
        place.set(live);
        assertEquals(live, connect(client, origin, 2_000));
        Tasks.until(() -> after.accepted() == 1, "not accepted");
      }
    }
  }

  @Test
  void anIdleConnectionToAnAddressThatTheNameNoLongerHasIsNotUsed() throws Exception {
    AtomicReference<InetAddress> place = new AtomicReference<>(InetAddress.ofLiteral("127.0.0.2"));
    AtomicLong nanoTime = new AtomicLong();
    Resolver moving = new Resolver(host -> List.of(place.get()), nanoTime::get);
    StubServer.Script script = StubServer.always(ANSWER);
    try (StubServer before = StubServer.startOn(new InetSocketAddress(place.get(), 0), script);
        StubServer after =
            StubServer.startOn(
                new InetSocketAddress(
                    InetAddress.ofLiteral("127.0.0.3"), before.address().getPort()),
                script);
        ClientFixture client = new ClientFixture(moving)) {
      UpstreamOrigin origin = new UpstreamOrigin("a.example", before.address().getPort());
      assertEquals("hi", client.get(origin));
      UpstreamConnection inUse = client.run(() -> client.open(origin));
      assertTrue(inUse.reused());
      place.set(InetAddress.ofLiteral("127.0.0.3"));
      nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(31));
      assertEquals("hi", client.get(origin));
      assertEquals(1, after.accepted());

      // It ends with the request that it was used for.
      client.run(
          () -> {
            ClientFixture.send(inUse, "GET / HTTP/1.1\nHost: a\n\n");
            ClientFixture.awaitHead(inUse);
            assertEquals("hi", ClientFixture.body(inUse));
            inUse.release(true);
            assertFalse(inUse.connection().isOpen());
            return true;
          });
      assertEquals("hi", client.get(origin));
      assertEquals(1, before.accepted());
      assertEquals(1, after.accepted());
    }
  }

  @Test
  void aNameThatIsNotLookedUpInTimeIsNotAServerThatCannotBeReached() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Resolver stuck =
        new Resolver(
            host -> {
              Tasks.awaitUninterrupted(never);
              return List.of();
            },
            System::nanoTime);
    try (ClientFixture client = new ClientFixture(stuck)) {
      UpstreamOrigin origin = new UpstreamOrigin("a.example", 1);

      assertThrows(LookUpException.class, () -> connect(client, origin, 50));
      never.countDown();
    }
  }

  @Test
  void aClientThatLeavesEndsConnectingWithItsOwnException() throws Exception {
    try (FullBacklog full = FullBacklog.open();
        LoopbackPair client = LoopbackPair.on(fixture.loop())) {
      UpstreamOrigin origin = new UpstreamOrigin("127.0.0.1", full.address().getPort());
      CountDownLatch begun = new CountDownLatch(1);
      CompletableFuture<UpstreamConnection> connecting =
          fixture.start(
              () -> {
                begun.countDown();
                return fixture
                    .client()
                    .connect(
                        fixture.loop(),
                        origin,
                        0,
                        WatchOn.untilReadable(client.connection(), "the client left"));
              });
      Tasks.await(begun);
      client.peer().close();

      IOException why = assertThrows(IOException.class, () -> Tasks.await(connecting));
      assertEquals("the client left", why.getMessage());
      assertFalse(why instanceof ConnectException);
    }
  }

  /** The address that was connected to. */
  private static InetAddress connect(ClientFixture client, UpstreamOrigin origin, long millis)
      throws Exception {
    return client.run(
        () -> {
          try (UpstreamConnection upstream =
              client.client().connect(client.loop(), origin, millis, Watch.NONE)) {
            return upstream.connection().remote().getAddress();
          }
        });
  }

  @Test
  void aLoopOfAnotherGroupIsAMistake() throws Exception {
    try (ClientFixture other = new ClientFixture()) {
      EventLoop foreign = other.loop();

      assertThrows(
          IllegalArgumentException.class,
          () -> fixture.client().pooled(foreign, new UpstreamOrigin("127.0.0.1", 1)));
    }
  }

  @Test
  void anOriginIsWrittenWithBracketsWhereNeeded() {
    assertEquals("a.example:80", new UpstreamOrigin("a.example", 80).toString());
    assertEquals("[::1]:11434", new UpstreamOrigin("::1", 11434).toString());
  }

  @Test
  void manyRequestsAtOnceEachGetTheirOwnConnection() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          while (true) {
            String path = peer.receiveRequestHead().split(" ", 3)[1];
            peer.send("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s".formatted(path.length(), path));
          }
        };
    try (StubServer server = StubServer.start(script)) {
      CompletableFuture<?>[] requests = new CompletableFuture<?>[200];
      for (int i = 0; i < requests.length; i++) {
        String path = "/" + i;
        requests[i] =
            fixture.start(
                () -> {
                  for (int round = 0; round < 10; round++) {
                    UpstreamConnection upstream = fixture.open(server.origin());
                    ClientFixture.send(upstream, "GET " + path + " HTTP/1.1\nHost: a\n\n");
                    ClientFixture.awaitHead(upstream);
                    assertEquals(path, ClientFixture.body(upstream));
                    upstream.release(true);
                  }
                  return true;
                });
      }
      for (CompletableFuture<?> request : requests) {
        Tasks.await(request);
      }

      assertTrue(server.accepted() <= 2_000);
    }
  }
}
