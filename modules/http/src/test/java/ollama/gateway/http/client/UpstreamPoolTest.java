package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.testing.StubServer;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpstreamPoolTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";
  private static final String ANSWER = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi";

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);
  @AutoClose private final ClientFixture fixture = new ClientFixture();

  @ParameterizedTest
  @ValueSource(
      strings = {
        ANSWER,
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nhi\n0\nX: trailer\n\n",
        "HTTP/1.1 204 No Content\n\n",
        "HTTP/1.1 100 Continue\n\nHTTP/1.1 304 Not Modified\nContent-Length: 2\n\n"
      })
  void aConnectionIsUsedAgainAfterAWholeAnswer(String answer) throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(answer))) {
      List<Boolean> reused =
          fixture.run(
              () -> {
                Boolean[] seen = new Boolean[4];
                for (int i = 0; i < seen.length; i++) {
                  UpstreamConnection upstream = fixture.open(server.origin());
                  seen[i] = upstream.reused();
                  ClientFixture.send(upstream, GET);
                  while (ClientFixture.awaitHead(upstream).interim()) {
                    assertTrue(upstream.responseBegun());
                  }
                  ClientFixture.body(upstream);
                  upstream.release(true);
                }
                return List.of(seen);
              });

      assertEquals(List.of(false, true, true, true), reused);
      assertEquals(1, server.accepted());
    }
  }

  @Test
  void noMoreIsKeptThanThereAreDescriptorsFor() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      int taken = fixture.leave(1);
      fixture.run(
          () -> {
            UpstreamConnection first = answered(server);
            UpstreamConnection second = answered(server);
            first.release(true);
            second.release(true);
            assertTrue(first.connection().isOpen());
            assertFalse(second.connection().isOpen());
            return true;
          });
      fixture.budget().giveBack(taken);
      assertEquals(2, server.accepted());
      assertTrue(fixture.takeIdle(server.origin()));
      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void nothingIsKeptWhileDescriptorsAreShort() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      assertEquals("hi", fixture.get(server.origin()));
      fixture.budget().reclaim();
      // Each loop closes its own, as a task.
      fixture.loop().execute(goOn::countDown);
      Tasks.await(goOn);
      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void theLastUsedComesFirstAndEachOnce() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      fixture.run(
          () -> {
            UpstreamConnection first = answered(server);
            UpstreamConnection second = answered(server);
            first.release(true);
            second.release(true);
            UpstreamConnection one = fixture.open(server.origin());
            UpstreamConnection two = fixture.open(server.origin());
            UpstreamConnection three = fixture.open(server.origin());

            assertSame(second, one);
            assertSame(first, two);
            assertFalse(three.reused());
            one.close();
            two.close();
            three.close();
            return true;
          });
    }
  }

  @Test
  void anotherOriginHasItsOwn() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER));
        StubServer other = StubServer.start(StubServer.always(ANSWER))) {
      assertEquals("hi", fixture.get(server.origin()));

      assertFalse(fixture.takeIdle(other.origin()));
      assertTrue(fixture.takeIdle(server.origin()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\nContent-Length: 2\nConnection: close\n\nhi",
        "HTTP/1.0 200 OK\nContent-Length: 2\n\nhi",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nhiHTTP/1.1 200 OK\n",
        "HTTP/1.1 204 No Content\nConnection: close\n\n"
      })
  void aConnectionThatSaysCloseOrTooMuchIsNotUsedAgain(String answer) throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(answer))) {
      fixture.get(server.origin());

      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void anAnswerThatEndsWithItsConnectionIsWholeButTheLast() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send("HTTP/1.1 200 OK\n\nuntil the end");
        };
    try (StubServer server = StubServer.start(script)) {
      assertEquals("until the end", fixture.get(server.origin()));
      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void aHalfReadAnswerIsNotReused() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.open(server.origin());
            ClientFixture.send(upstream, GET);
            ClientFixture.awaitHead(upstream);
            upstream.release(true);
            return true;
          });

      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void anInterimAnswerAloneIsNotTheWhole() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send("HTTP/1.1 103 Early Hints\n\n");
          Tasks.await(goOn);
          peer.send(ANSWER);
        };
    try (StubServer server = StubServer.start(script)) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.open(server.origin());
            ClientFixture.send(upstream, GET);
            assertEquals(103, ClientFixture.awaitHead(upstream).status());
            upstream.release(true);
            return true;
          });

      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void anUnfinishedRequestIsNotReused() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      fixture.run(
          () -> {
            answered(server).release(false);
            return true;
          });

      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void anIdleConnectionThatTheServerClosesIsDropped() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send(ANSWER);
          Tasks.await(goOn);
        };
    try (StubServer server = StubServer.start(script)) {
      assertDroppedAfterAWhile(server);
    }
  }

  @Test
  void anIdleConnectionOnWhichTheServerSpeaksUnaskedIsDropped() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send(ANSWER);
          Tasks.await(goOn);
          peer.send("HTTP/1.1 408 Request Timeout\nContent-Length: 0\n\n");
          assertTrue(peer.atEnd());
        };
    try (StubServer server = StubServer.start(script)) {
      assertDroppedAfterAWhile(server);
    }
  }

  private void assertDroppedAfterAWhile(StubServer server) throws Exception {
    UpstreamConnection idle =
        fixture.run(
            () -> {
              UpstreamConnection upstream = answered(server);
              upstream.release(true);
              return upstream;
            });
    assertTrue(idle.connection().isOpen());
    goOn.countDown();

    Tasks.until(() -> !idle.connection().isOpen(), "still open");
    assertFalse(fixture.takeIdle(server.origin()));
  }

  @Test
  void aServerThatClosesInsteadOfAnsweringIsSeenAsSuch() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send(ANSWER);
          peer.receiveRequestHead();
        };
    try (StubServer server = StubServer.start(script)) {
      assertEquals("hi", fixture.get(server.origin()));
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.open(server.origin());
            assertTrue(upstream.reused());
            ClientFixture.send(upstream, GET);
            assertThrows(EOFException.class, () -> ClientFixture.awaitHead(upstream));
            assertFalse(upstream.responseBegun());
            upstream.release(true);
            return true;
          });

      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void closingTheClientClosesIdleConnections() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send(ANSWER);
          assertTrue(peer.atEnd());
          done.countDown();
        };
    try (StubServer server = StubServer.start(script)) {
      assertEquals("hi", fixture.get(server.origin()));
      fixture.client().close();

      Tasks.await(done);
      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void aConnectionThatComesBackAfterTheClientWasClosedIsNotKept() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      UpstreamConnection late = fixture.run(() -> answered(server));
      fixture.client().close();
      // Each loop closes its own, as a task.
      Tasks.turn(fixture.loop());
      fixture.run(
          () -> {
            late.release(true);
            return true;
          });

      assertFalse(late.connection().isOpen());
    }
  }

  @Test
  void idleConnectionsHoldNoBuffers() throws Exception {
    try (StubServer server = StubServer.start(StubServer.always(ANSWER))) {
      fixture.run(
          () -> {
            UpstreamConnection[] connections = new UpstreamConnection[20];
            for (int i = 0; i < connections.length; i++) {
              connections[i] = answered(server);
            }
            for (UpstreamConnection connection : connections) {
              connection.release(true);
            }
            return true;
          });

      assertEquals(20, server.accepted());
      assertEquals(0, fixture.loop().buffers().taken());
    }
  }

  /** A new connection that has had a whole answer. */
  private UpstreamConnection answered(StubServer server) throws IOException {
    UpstreamConnection upstream = fixture.connect(server.origin());
    ClientFixture.send(upstream, GET);
    ClientFixture.awaitHead(upstream);
    assertEquals("hi", ClientFixture.body(upstream));
    return upstream;
  }
}
