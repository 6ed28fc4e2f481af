package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.StubServer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.WatchOn;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpstreamConnectionTest {

  private static final String GET = "GET / HTTP/1.1\nHost: a\n\n";

  @AutoClose private final ClientFixture fixture = new ClientFixture();

  @Test
  void interimAnswersAreReadOneAfterTheOther() throws Exception {
    String answers =
        """
        HTTP/1.1 100 Continue

        HTTP/1.1 103 Early Hints
        Link: </a>

        HTTP/1.1 200 OK
        Content-Length: 4

        done\
        """;
    try (StubServer server = StubServer.start(StubServer.always(answers))) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, GET);
            assertEquals(100, ClientFixture.awaitHead(upstream).status());
            ResponseHead hints = ClientFixture.awaitHead(upstream);
            assertEquals(103, hints.status());
            assertEquals("</a>", hints.fields().value(0));
            assertEquals(200, ClientFixture.awaitHead(upstream).status());
            assertEquals("done", ClientFixture.body(upstream));
            upstream.close();
            return true;
          });
    }
  }

  @Test
  void anAnswerMayComeByteByByte() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n0\r\n\r\n";
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          for (int i = 0; i < answer.length(); i++) {
            peer.sendRaw(answer.substring(i, i + 1));
          }
          assertTrue(peer.atEnd());
        };
    try (StubServer server = StubServer.start(script)) {
      assertEquals("slow", fixture.get(server.origin()));
    }
  }

  @Test
  void aLargeAnswerArrivesWhole() throws Exception {
    String body = "0123456789abcdef".repeat(200_000);
    String answer = "HTTP/1.1 200 OK\nContent-Length: " + body.length() + "\n\n" + body;
    try (StubServer server = StubServer.start(StubServer.always(answer))) {
      assertEquals(body, fixture.get(server.origin()));
    }
  }

  @Test
  void aMalformedAnswerBehindAnInterimOneIsNotPooled() throws Exception {
    String answers = "HTTP/1.1 103 Early Hints\n\nHTTP/1.1 2xx OK\n\n";
    try (StubServer server = StubServer.start(StubServer.always(answers))) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, GET);
            assertEquals(103, ClientFixture.awaitHead(upstream).status());
            assertThrows(ProtocolException.class, () -> ClientFixture.awaitHead(upstream));
            upstream.release(true);
            assertFalse(upstream.connection().isOpen());
            return true;
          });
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhalf",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n4\nhalf\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n4\nhalf\n0\n",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\n"
      })
  void aCutAnswerIsNeverWhole(String answer) throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send(answer);
        };
    try (StubServer server = StubServer.start(script)) {
      ProtocolException cut =
          assertThrows(ProtocolException.class, () -> fixture.get(server.origin()));
      assertEquals(Rule.TRUNCATED, cut.rule());
      assertFalse(fixture.takeIdle(server.origin()));
    }
  }

  @Test
  void aResetInTheBodyIsNoEnd() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send("HTTP/1.1 200 OK\n\nhalf");
          peer.receiveRequestHead();
          peer.reset();
        };
    try (StubServer server = StubServer.start(script)) {
      assertThrows(
          IOException.class,
          () ->
              fixture.run(
                  () -> {
                    UpstreamConnection upstream = fixture.connect(server.origin());
                    ClientFixture.send(upstream, GET);
                    ClientFixture.awaitHead(upstream);
                    ClientFixture.send(upstream, GET);
                    try {
                      return ClientFixture.body(upstream);
                    } finally {
                      upstream.release(true);
                    }
                  }));
    }
  }

  @Test
  void ofARequestThatWasNotSentWholeNothingIsSentAnyMore() throws Exception {
    CompletableFuture<Boolean> isReset = new CompletableFuture<>();
    CountDownLatch released = new CountDownLatch(1);
    StubServer.Script script =
        (peer, number) -> {
          released.await();
          try {
            String _ = peer.rest();
            isReset.complete(false);
          } catch (IOException e) {
            isReset.complete(true);
          }
        };
    try (StubServer server = StubServer.start(script)) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, GET + "x".repeat(20_000));
            upstream.release(false);
            return true;
          });
      released.countDown();
      assertTrue(isReset.get(), "else the server takes it for the whole");
    }
  }

  @Test
  void halfAHeadIsABegunAnswer() throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          peer.send("HTTP/1.1 200 OK\nConte");
        };
    try (StubServer server = StubServer.start(script)) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, GET);
            assertThrows(EOFException.class, () -> ClientFixture.awaitHead(upstream));
            assertTrue(upstream.responseBegun());
            upstream.release(true);
            return true;
          });
    }
  }

  @Test
  void aServerThatSaysNothingMissesTheDeadline() throws Exception {
    StubServer.Script silent = (peer, number) -> peer.receiveRequestHead();
    try (StubServer server = StubServer.start(silent)) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, "GET / HT");
            assertThrows(
                DeadlineException.class,
                () ->
                    upstream.awaitHead(
                        false, HeadLimits.DEFAULT, Watch.NONE, EventLoop.deadlineMillis(40)));
            assertFalse(upstream.responseBegun());
            upstream.close();
            return true;
          });
    }
  }

  @Test
  void aClientThatLeavesEndsTheWaitAndTheServerNotices() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch noticed = new CountDownLatch(1);
    StubServer.Script silent =
        (peer, number) -> {
          peer.receiveRequestHead();
          asked.countDown();
          if (peer.atEnd()) {
            noticed.countDown();
          }
        };
    try (StubServer server = StubServer.start(silent);
        LoopbackPair client = LoopbackPair.on(fixture.loop())) {
      CompletableFuture<Boolean> waiting =
          fixture.start(
              () -> {
                UpstreamConnection upstream = fixture.connect(server.origin());
                try {
                  ClientFixture.send(upstream, GET);
                  upstream.awaitHead(
                      false,
                      HeadLimits.DEFAULT,
                      WatchOn.untilReadable(client.connection(), "the client left"),
                      Timer.NEVER);
                  return true;
                } finally {
                  upstream.release(true);
                }
              });
      Tasks.await(asked);
      client.peer().close();

      IOException why = assertThrows(IOException.class, () -> Tasks.await(waiting));
      assertEquals("the client left", why.getMessage());
      Tasks.await(noticed);
    }
  }

  @Test
  void anAnswerToHeadHasNoBody() throws Exception {
    String answer = "HTTP/1.1 200 OK\nContent-Length: 5\n\n";
    try (StubServer server = StubServer.start(StubServer.always(answer))) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, "HEAD / HTTP/1.1\nHost: a\n\n");
            upstream.awaitHead(true, HeadLimits.DEFAULT, Watch.NONE, Timer.NEVER);
            assertTrue(upstream.body().done());
            upstream.release(true);
            return true;
          });
      assertTrue(fixture.takeIdle(server.origin()));
    }
  }
}
