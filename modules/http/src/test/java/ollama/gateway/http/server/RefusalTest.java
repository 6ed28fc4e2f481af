package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.TestCertificate;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.http.wire.BadRequests;
import ollama.gateway.http.wire.Example;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.http.wire.RuleExamples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class RefusalTest {

  /** From the accept on, so with time for a busy machine to read the first bytes. */
  private static final long HEAD_MILLIS = 1_000;

  private static final Handler AT_MOST_TEN =
      exchange -> {
        exchange.body().limit(10);
        Handlers.text(exchange, 200, Handlers.body(exchange));
      };

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.RuleExamples#OF_REQUESTS")
  void whatBreaksItIsAnsweredCountedAndTheLast(Rule rule) throws Exception {
    try (TestServer server = TestServer.start(bounds(rule), handler(rule))) {
      for (Example bad : RuleExamples.ofRequests(rule)) {
        assertRefused(server, bad, client -> client.sendRaw(bad.bytes()));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.RuleExamples#OF_REQUESTS")
  void andNoLessSoByteByByte(Rule rule) throws Exception {
    try (TestServer server = TestServer.start(bounds(rule), handler(rule))) {
      for (Example bad : RuleExamples.ofRequests(rule)) {
        assertRefused(server, bad, client -> client.sendBytes(bad.bytes(), server.loop()));
      }
    }
  }

  @Test
  void aSlowDripDoesntPutTheDeadlineOfAHeadOff() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().headMillis(HEAD_MILLIS);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO);
        RawPeer client = new RawPeer(server.address())) {
      client.send("GET / HTTP/1.1\nHost: a\n");
      AtomicBoolean refused = new AtomicBoolean();
      Thread drip =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (!refused.get()) {
                        client.sendRaw("X");
                        LockSupport.parkNanos(HEAD_MILLIS * 1_000_000 / 20);
                      }
                    } catch (IOException e) {
                      // The server had enough.
                    }
                  });

      // It drips until this has come; one that is put off never does.
      assertEquals(408, client.receive().status());
      assertEquals(Rule.HEAD_TOO_SLOW, server.refusal());
      refused.set(true);
      drip.join();
    }
  }

  @Test
  void aRequestBehindABadOneIsNeverAnswered() throws Exception {
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      RawPeer client = server.client();
      client.send("GET /good HTTP/1.1\nHost: a\n\nBAD\n\nGET /hidden HTTP/1.1\nHost: a\n\n");

      assertEquals("GET /good ", client.receive().body());
      assertEquals(400, client.receive().status());
      assertEquals("", client.rest());
      assertEquals(Rule.REQUEST_LINE, server.refusal());
    }
  }

  private static final TlsServer TLS =
      TlsServer.of(List.of(TestCertificate.LOCALHOST.identity()), List.of());

  private static Handler handler(Rule rule) {
    return rule == Rule.BODY_TOO_LARGE ? AT_MOST_TEN : Handlers.ECHO;
  }

  private static TestServer.Bounds bounds(Rule rule) {
    TestServer.Bounds bounds = new TestServer.Bounds().head(BadRequests.LIMITS);
    return switch (rule) {
      case PROXY_HEADER ->
          bounds.headMillis(HEAD_MILLIS).proxies(new TrustedProxies(client -> true, true));
      case NOT_TLS -> bounds.tls(() -> TLS);
      case HEAD_TOO_SLOW -> bounds.headMillis(HEAD_MILLIS);
      case BODY_TOO_SLOW -> bounds.bodyIdleMillis(60);
      case HEADS_TOO_LARGE -> bounds.head(HeadLimits.DEFAULT).headBudget(new MemoryBudget(10_000));
      default -> bounds;
    };
  }

  /** How a client sends what it has to say. */
  private interface Sending {
    void by(RawPeer client) throws Exception;
  }

  private static void assertRefused(TestServer server, Example bad, Sending sending)
      throws Exception {
    try (RawPeer client = new RawPeer(server.address())) {
      sending.by(client);
      Answer answer = client.receive();

      assertEquals(bad.rule().status(), answer.status(), bad.toString());
      assertEquals("{\"error\":\"" + bad.rule().text() + "\"}", answer.body(), bad.toString());
      assertTrue(answer.saysClose(), bad.toString());
      assertTrue(client.atEnd(), bad.toString());
      assertEquals(bad.rule(), server.refusal(), bad.toString());
    }
  }
}
