package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to servers that are kept for next requests, and when they are not used again. */
class KeptConnectionsTest {

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void idleConnectionsAreUsedAgainAndOnlyForWhatMayBeRepeated() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      Set<Integer> connections = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        String request =
            i % 2 == 0 ? TestGateway.postOf("/api/chat", "{}") : TestGateway.getOf("/api/tags");
        assertEquals(200, client.send(request).answer().status());
        connections.add(upstream.seen().getLast().connection());
      }
      assertTrue(connections.size() == 1 || (SchedulerTest.FALLBACK && connections.size() < 20));
      for (String path : List.of("/api/pull", "/api/create", "/api/blobs/sha256:00")) {
        String request = TestGateway.postOf(path, "{}");
        assertEquals(200, client.send(request).answer().status());
        assertTrue(connections.add(upstream.seen().getLast().connection()), path);
      }
    }
  }

  @Test
  void aSmallChunkedBodyThatIsAtHandGoesOnAnIdleConnection() throws Exception {
    String request =
        TestGateway.postOf("/api/chat", "{}")
            .replace("Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n");
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      Set<Integer> connections = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        client.send(request + Bytes.chunk("{}") + Bytes.LAST_CHUNK);
        assertEquals(200, client.answer().status());
        connections.add(upstream.seen().getLast().connection());
      }
      assertTrue(connections.size() == 1 || (SchedulerTest.FALLBACK && connections.size() < 20));
      closeIfUsedAgain(upstream.seen().getLast().connection());
      client.send(request + Bytes.chunk("{}") + Bytes.LAST_CHUNK);
      assertEquals("{\"bytes\":2}", client.answer().text());
    }
  }

  /** Bodies that are too large to be sent again, or may turn out to be. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 5000", "Transfer-Encoding: chunked"})
  void aBodyThatCannotBeSentAgainGoesOnAConnectionThatIsNew(String framing) throws Exception {
    boolean chunked = framing.startsWith("T");
    String body = "x".repeat(5_000);
    try (TestGateway gateway =
            TestGateway.before(upstream).set("limits", "{\"replayBytes\": 1000}").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 10; i++) {
        upstream.script(call -> call.respond(200, "{}"));
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        closeIfUsedAgain(upstream.seen().getLast().connection());
        client.send(TestGateway.postHeadOf("/api/chat", framing));
        client.send(chunked ? Bytes.chunk(body) + Bytes.LAST_CHUNK : body);
        assertEquals("{\"bytes\":5000}", client.answer().text());
      }
    }
  }

  /** As a server does whose patience ends in the moment in which a request comes. */
  private void closeIfUsedAgain(int connection) {
    upstream.script(
        call -> {
          if (call.connection() == connection) {
            call.close();
          } else {
            call.respond(200, "{\"bytes\":" + call.readBody().length() + "}");
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectionThatTheServerHadClosedIsReplacedWithoutBlame(boolean byReset) throws Exception {
    int stale = 0;
    try (TestGateway gateway =
            TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 20; i++) {
        upstream.script(call -> call.respond(200, "{}"));
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        int idle = upstream.seen().getLast().connection();
        int before = upstream.seen().size();
        // As a server does whose patience ends in the moment in which a request comes.
        upstream.script(
            call -> {
              String _ = call.readBody();
              if (call.connection() == idle) {
                if (byReset) {
                  call.reset();
                } else {
                  call.close();
                }
              } else {
                call.respond(200, "{\"second\":1}");
              }
            });
        Answer answer = client.send(TestGateway.postOf("/api/chat", "{\"n\":1}")).answer();
        assertEquals("{\"second\":1}", answer.text());
        assertEquals("{\"n\":1}", upstream.seen().getLast().body());
        stale += upstream.seen().size() - before - 1;
      }
      // On the fallback a connection may be thought to have more to say, and isn't kept then.
      assertTrue(stale == 20 || (SchedulerTest.FALLBACK && stale > 0), stale + " were stale");
      assertEquals(0, gateway.retries("no_response"));
      assertEquals(1, gateway.up(upstream.url()));
    }
  }

  @Test
  void aConnectionClosedByAnIdleServerIsNotUsedAgain() throws Exception {
    try (TestGateway gateway =
            TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 20; i++) {
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        upstream.closeConnections();
      }
      assertEquals(20, upstream.seen().size());
      assertEquals(0, gateway.retries("no_response"));
    }
  }

  @Test
  void aConnectionOnWhichMoreCameThanTheAnswerIsNotUsedAgain() throws Exception {
    upstream.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n");
          call.send("Content-Length: 4\r\n\r\nevil");
        });
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 20; i++) {
        assertEquals("{}", client.send(TestGateway.postOf("/api/chat", "{}")).answer().text());
      }
      assertEquals(20, upstream.seen().stream().map(Call::connection).distinct().count());
    }
  }
}
