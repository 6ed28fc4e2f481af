package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeepAliveTest {

  @Test
  void oneConnectionServesManyRequests() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      for (int i = 0; i < 100; i++) {
        Answer answer =
            client
                .send(
                    """
                    POST /%d HTTP/1.1
                    Host: a
                    Content-Length: 4

                    body\
                    """
                        .formatted(i))
                .receive();
        assertEquals("POST /" + i + " body", answer.body());
        assertFalse(answer.saysClose());
      }
      assertEquals(1, server.server().connectionCount());
    }
  }

  @Test
  void theAnswerIsExactlyThis() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      Answer answer = server.client().send("GET /a HTTP/1.1\nHost: a\n\n").receive();

      assertEquals(
          """
          HTTP/1.1 200 OK
          Content-Length: 7
          Content-Type: text/plain
          """,
          answer.head());
      assertEquals("GET /a ", answer.body());
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      StringBuilder requests = new StringBuilder();
      IntStream.range(0, 500)
          .forEach(
              i ->
                  requests
                      .append("POST /" + i + " HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n")
                      .append("3\nabc\n1;x\nd\n0\n\n"));
      client.send(requests.toString());
      for (int i = 0; i < 500; i++) {
        assertEquals("POST /" + i + " abcd", client.receive().body());
      }
    }
  }

  /** RFC 9112 section 2.2: some clients end a body with a line end that doesn't belong to it. */
  @Test
  void anEmptyLineBehindABodyIsSkipped() throws Exception {
    String post = "POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}\r\n";
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      client.sendRaw("\r\n" + post.formatted("one") + post.formatted("two"));
      assertEquals("POST /one {}", client.receive().body());
      assertEquals("POST /two {}", client.receive().body());
      client.sendRaw(post.formatted("three"));
      assertEquals("POST /three {}", client.receive().body());

      client.sendRaw("\r\n");
      assertEquals(400, client.receive().status());
      assertEquals(Rule.REQUEST_LINE, server.refusal());
    }
  }

  @Test
  void anEmptyLineIsNoBeginningOfARequest() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().headMillis(50).keepAliveMillis(200);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send("GET / HTTP/1.1\nHost: a\n\n\n");
      assertEquals("GET / ", client.receive().body());

      assertEquals("", client.rest(), "an answer to a request that never began");
    }
  }

  @Test
  void requestsMayComeByteByByte() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      String request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < request.length(); i++) {
          client.sendRaw(request.substring(i, i + 1));
        }
        assertEquals("POST / {}", client.receive().body());
      }
    }
  }

  @Test
  void connectionCloseIsHonoured() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      Answer answer = client.send("GET / HTTP/1.1\nHost: a\nConnection: close\n\n").receive();

      assertTrue(answer.saysClose());
      assertTrue(client.atEnd());
    }
  }

  @Test
  void aLastAnswerIsReadWholeThoughMoreWasSentBehindItsRequest() throws Exception {
    String more = "GET /unanswered HTTP/1.1\nHost: a\n\n".repeat(5_000);
    String body = "b".repeat(2_000_000);
    try (TestServer server = TestServer.start(exchange -> Handlers.text(exchange, 200, body))) {
      RawPeer client = server.client();
      client.send("GET / HTTP/1.1\nHost: a\nConnection: close\n\n" + more);

      assertEquals(body, client.receive().body());
      assertEquals("", client.rest());
    }
  }

  @Test
  void http10IsAnsweredOnceAndClosed() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      Answer answer = client.send("GET /old HTTP/1.0\n\n").receive();

      assertEquals("GET /old ", answer.body());
      assertTrue(answer.saysClose());
      assertTrue(client.atEnd());
    }
  }

  @Test
  void anIdleConnectionIsClosedAfterAWhileWithoutAWord() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().keepAliveMillis(50);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send("GET / HTTP/1.1\nHost: a\n\n").receive();

      assertEquals("", client.rest());
    }
  }

  @Test
  void aConnectionThatNeverSaysAnythingIsClosedWithoutAWord() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().headMillis(50);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      assertEquals("", server.client().rest());
    }
  }

  @Test
  void theNextHeadHasItsOwnTime() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().headMillis(10_000).keepAliveMillis(100);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send("GET / HTTP/1.1\nHost: a\n\nGET /s").receive();
      long later = System.nanoTime() + 150_000_000;
      while (System.nanoTime() < later) {
        // The wait is what is tested: longer than an idle connection may take.
        Thread.onSpinWait();
      }

      assertEquals("GET /second ", client.send("econd HTTP/1.1\nHost: a\n\n").receive().body());
    }
  }

  @Test
  void aKeptConnectionsNextRequestObeysTheOptionsOfItsOwnTime() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client().send("GET / HTTP/1.1\nHost: a\n\n");
      assertEquals("GET / ", client.receive().body());
      RawPeer fresh = server.client();
      Tasks.until(() -> server.server().connectionCount() == 2, "not accepted");
      Tasks.turn(server.loop());

      HeadLimits small = new HeadLimits(1024, 100, 256);
      server.reload(new TestServer.Bounds().head(small));
      String tooLong = "GET /" + "a".repeat(300) + " HTTP/1.1\nHost: a\n\n";
      assertEquals(414, client.send(tooLong).receive().status());
      assertEquals(Rule.TARGET_TOO_LONG, server.refusal());
      assertEquals(414, fresh.send(tooLong).receive().status());
      assertEquals(Rule.TARGET_TOO_LONG, server.refusal());
    }
  }

  @Test
  void aKeptConnectionsNextBodyObeysTheOptionsOfItsOwnTime() throws Exception {
    try (TestServer server =
        TestServer.start(new TestServer.Bounds().bodyIdleMillis(60_000), Handlers.ECHO)) {
      RawPeer client = server.client().send("GET / HTTP/1.1\nHost: a\n\n");
      assertEquals("GET / ", client.receive().body());

      server.reload(new TestServer.Bounds().bodyIdleMillis(50));
      client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 2\n\n{");
      assertEquals(408, client.receive().status());
      assertEquals(Rule.BODY_TOO_SLOW, server.refusal());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 40})
  void idleConnectionsHoldNoBuffers(int count) throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      for (int i = 0; i < count; i++) {
        server.client().send("POST / HTTP/1.1\nHost: a\nContent-Length: 1\n\na").receive();
      }

      assertEquals(count, server.server().connectionCount());
      server.awaitNoBuffers();
    }
  }
}
