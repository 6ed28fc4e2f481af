package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.StubServer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.wire.BadResponses;
import ollama.gateway.http.wire.Example;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.http.wire.RuleExamples;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Servers that break a rule: told by its name, and the connection is never used again. */
final class ResponseRefusalTest {

  @AutoClose private final ClientFixture fixture = new ClientFixture();

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.RuleExamples#OF_RESPONSES")
  void whatBreaksItIsToldAndTheLast(Rule rule) throws Exception {
    for (Example bad : RuleExamples.ofResponses(rule)) {
      assertRefused(bad, peer -> peer.sendRaw(bad.bytes()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.RuleExamples#OF_RESPONSES")
  void andNoLessSoByteByByte(Rule rule) throws Exception {
    for (Example bad : RuleExamples.ofResponses(rule)) {
      assertRefused(bad, peer -> peer.sendBytes(bad.bytes(), fixture.loop()));
    }
  }

  /** How a server sends what it has to say. */
  private interface Sending {
    void by(RawPeer peer) throws Exception;
  }

  private void assertRefused(Example bad, Sending sending) throws Exception {
    StubServer.Script script =
        (peer, number) -> {
          peer.receiveRequestHead();
          sending.by(peer);
          if (bad.rule() != Rule.TRUNCATED) {
            assertTrue(peer.atEnd());
          }
        };
    try (StubServer server = StubServer.start(script)) {
      fixture.run(
          () -> {
            UpstreamConnection upstream = fixture.connect(server.origin());
            ClientFixture.send(upstream, "GET / HTTP/1.1\nHost: a\n\n");
            ProtocolException refused =
                assertThrows(ProtocolException.class, () -> read(upstream), bad.toString());
            assertEquals(bad.rule(), refused.rule(), bad.toString());
            assertTrue(upstream.responseBegun(), bad.toString());
            upstream.release(true);
            assertFalse(upstream.connection().isOpen(), bad.toString());
            return true;
          });
    }
  }

  private static void read(UpstreamConnection upstream) throws IOException {
    ResponseHead head = awaitHead(upstream);
    while (head.interim()) {
      head = awaitHead(upstream);
    }
    String _ = ClientFixture.body(upstream);
  }

  private static ResponseHead awaitHead(UpstreamConnection upstream) throws IOException {
    return upstream.awaitHead(
        false,
        BadResponses.LIMITS,
        Watch.NONE,
        EventLoop.deadlineMillis(Tasks.SECONDS_MAX * 1000L));
  }
}
