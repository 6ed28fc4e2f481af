package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import ollama.gateway.http.testing.Answer;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.wire.BadBodies;
import ollama.gateway.http.wire.BadRequests;
import ollama.gateway.http.wire.BadResponses;
import ollama.gateway.http.wire.Example;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class RefusalTest {

  /** Rules that no parser judges, because they are about time or settings. */
  private static final List<Example> SLOW_OR_LARGE =
      List.of(
          of(Rule.HEAD_TOO_SLOW, "half a line", "GET / HT"),
          of(Rule.HEAD_TOO_SLOW, "no empty line", "GET / HTTP/1.1\nHost: a\n"),
          of(Rule.BODY_TOO_SLOW, "no body", "POST / HTTP/1.1\nHost: a\nContent-Length: 4\n\n"),
          of(Rule.BODY_TOO_SLOW, "half", "POST / HTTP/1.1\nHost: a\nContent-Length: 4\n\nab"),
          of(
              Rule.BODY_TOO_SLOW,
              "no last chunk",
              "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n1\na\n"),
          of(Rule.BODY_TOO_LARGE, "as said", "POST / HTTP/1.1\nHost: a\nContent-Length: 11\n\n"),
          of(
              Rule.BODY_TOO_LARGE,
              "as it comes",
              "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nb\n0123456789a\n"));

  private static final Handler AT_MOST_TEN =
      exchange -> {
        exchange.body().limit(10);
        Handlers.text(exchange, 200, Handlers.body(exchange));
      };

  @Test
  void everyRuleHasAnExample() {
    Set<Rule> missing = EnumSet.allOf(Rule.class);
    Stream.of(BadRequests.ALL, BadResponses.ALL, BadBodies.ALL, BadBodies.CUT, SLOW_OR_LARGE)
        .flatMap(List::stream)
        .map(Example::rule)
        .forEach(missing::remove);

    assertEquals(Set.of(), missing);
  }

  @Test
  void everyBadRequestIsAnsweredCountedAndTheLast() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().head(BadRequests.LIMITS);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      for (Example bad : BadRequests.ALL) {
        assertRefused(server, bad);
      }
    }
  }

  @Test
  void everyBadBodyIsAnsweredCountedAndTheLast() throws Exception {
    String head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    try (TestServer server = TestServer.start(Handlers.ECHO)) {
      for (Example bad : BadBodies.ALL) {
        assertRefused(server, new Example(bad.rule(), bad.what(), head + bad.bytes()));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("SLOW_OR_LARGE")
  void whatIsTooSlowOrTooLargeIsAnsweredCountedAndTheLast(Example bad) throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds();
    switch (bad.rule()) {
      // From the accept on, so with time for a busy machine to read the first bytes.
      case HEAD_TOO_SLOW -> bounds.headMillis(400);
      case BODY_TOO_SLOW -> bounds.bodyIdleMillis(60);
      default -> {}
    }
    try (TestServer server = TestServer.start(bounds, AT_MOST_TEN)) {
      assertRefused(server, bad);
    }
  }

  @Test
  void aSlowDripDoesntPutTheDeadlineOfAHeadOff() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().headMillis(400);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO);
        RawPeer client = new RawPeer(server.address())) {
      client.send("GET / HTTP/1.1\nHost: a\n");
      Thread drip =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 3_000; i++) {
                        client.sendRaw("X");
                        Thread.onSpinWait();
                      }
                    } catch (IOException e) {
                      // The server had enough.
                    }
                  });

      assertEquals(408, client.receive().status());
      assertEquals(Rule.HEAD_TOO_SLOW, server.refusal());
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

  private static void assertRefused(TestServer server, Example bad) throws Exception {
    try (RawPeer client = new RawPeer(server.address())) {
      client.sendRaw(bad.bytes());
      Answer answer = client.receive();

      assertEquals(bad.rule().status(), answer.status(), bad.toString());
      assertEquals("{\"error\":\"" + bad.rule().text() + "\"}", answer.body(), bad.toString());
      assertTrue(answer.saysClose(), bad.toString());
      assertTrue(client.atEnd(), bad.toString());
      assertEquals(bad.rule(), server.refusal(), bad.toString());
    }
  }

  private static Example of(Rule rule, String what, String textBlock) {
    return new Example(rule, what, Bytes.crlf(textBlock));
  }
}
