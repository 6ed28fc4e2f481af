package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client gets that waits for the first token of a stream. */
@Timeout(120)
class HeartbeatTest {

  private static final String NDJSON = "application/x-ndjson";
  private static final String STREAM = "\"stream\":true";

  private final CountDownLatch seen = new CountDownLatch(1);
  @AutoClose private final FakeUpstream server = FakeUpstream.start(this::play);
  private volatile String answer = "";

  /** Answers once the client has got a sign of life. */
  private void play(Call call) throws IOException {
    String _ = call.readBody();
    call.await(seen);
    if (answer.isEmpty()) {
      call.close();
    } else {
      call.send(answer);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | application/x-ndjson |"
            + " {`model`:`m`,`created_at`:`T`,`message`:{`role`:`assistant`,`content`:``},`done`:false}~",
        "/api/generate | application/x-ndjson |"
            + " {`model`:`m`,`created_at`:`T`,`response`:``,`done`:false}~",
        "/v1/chat/completions | text/event-stream | : waiting~~",
        "/v1/completions | text/event-stream | : waiting~~",
        "/v1/messages | text/event-stream | : waiting~~",
        "/v1/responses | text/event-stream | : waiting~~",
      })
  void aStreamBeginsWithSignsOfLife(String path, String type, String sign) throws Exception {
    answer = ok(type, "the stream");
    try (TestGateway gateway = gateway();
        RawClient client = gateway.connect()) {
      Head head = client.send(request(path, STREAM)).head();
      String first = client.chunk();
      String second = client.chunk();
      seen.countDown();
      String rest = client.chunk();
      while (isSign(rest, first)) {
        rest = client.chunk();
      }

      assertEquals(200, head.status());
      assertEquals(type, head.field("Content-Type"));
      String expected = sign.replace('`', '"').replace('~', '\n');
      assertEquals(
          expected, first.replaceFirst("\"created_at\":\"[0-9T:.Z-]+\"", "\"created_at\":\"T\""));
      assertTrue(isSign(second, first), second);
      assertEquals("the stream", rest);
      assertEquals("", client.chunk());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | {`error`:`model 'm' not found`} | {`error`:`model 'm' not found`}~",
        "/api/chat | nonsense | {`error`:`The Ollama server answered with the status 404`}~",
        "/v1/chat/completions | {`error`:{`message`:`x`}} | data: {`error`:{`message`:`x`}}~~",
        "/v1/messages | {`type`:`error`} | event: error~data: {`type`:`error`}~~",
        "/v1/responses | {`error`:{}} | event: error~data: {`error`:{}}~~",
      })
  void anErrorAfterOneIsAnErrorOfTheStream(String path, String said, String expected)
      throws Exception {
    String body = said.replace('`', '"');
    answer = "HTTP/1.1 404 Not Found\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    assertEquals(expected.replace('`', '"').replace('~', '\n'), endAfterSign(path));
  }

  @ParameterizedTest
  @CsvSource({"404, 404", "500, 500", "0, 503"})
  void whatWentWrongAfterOneIsCountedByTheStatusThatItWouldHaveHad(int said, int counted)
      throws Exception {
    answer = said == 0 ? "" : "HTTP/1.1 " + said + " No\r\nContent-Length: 2\r\n\r\n{}";
    try (TestGateway gateway = gateway()) {
      String _ = endAfterSign(gateway, "/api/chat");

      String chats = "{endpoint=\"/api/chat\",method=\"POST\"";
      gateway.awaitMetric(1, "gateway_requests_total" + chats + ",status=\"" + counted + "\"}");
      assertEquals(1, gateway.metric("gateway_requests_failure_total" + chats + "}"));
      assertEquals(0, gateway.metric("gateway_requests_success_total" + chats + "}"));
    }
  }

  @Test
  void aServerThatClosesAfterOneIsAnErrorOfTheStream() throws Exception {
    String end = endAfterSign("/api/generate");

    assertTrue(end.contains("the last closed the connection before it answered"), end);
  }

  @Test
  void anErrorThatIsTooLongAfterOneIsToldByItsStatus() throws Exception {
    answer =
        ok(NDJSON, "{\"error\":\"" + "x".repeat(70_000) + "\"}").replace("200 OK", "404 Not Found");

    assertEquals(
        "{\"error\":\"The Ollama server answered with the status 404\"}\n",
        endAfterSign("/api/generate"));
  }

  @Test
  void interimAnswersAfterOneDoNotGetIntoTheStream() throws Exception {
    answer =
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
            + ok(NDJSON, "the stream");

    assertEquals("the stream", endAfterSign("/api/chat"));
  }

  @Test
  void whatMayBeginWithOneIsNotAskedForCompressed() throws Exception {
    answer = ok(NDJSON, "{}\n");
    seen.countDown();
    try (TestGateway gateway = gateway()) {
      String plain = request("/api/chat", STREAM);
      String asking = plain.replaceFirst("\r\n", "\r\nAccept-Encoding: gzip\r\n");
      assertEquals(200, gateway.ask(asking).status());
      assertEquals("", server.next().head().field("Accept-Encoding"));

      String whole = asking.replace(STREAM, "\"stream\":null").replace("/api/chat", "/api/embed");
      assertEquals(200, gateway.ask(whole).status());
      assertEquals("gzip", server.next().head().field("Accept-Encoding"));
    }
  }

  @Test
  void whoIsRefusedAfterOneIsToldInTheStream() throws Exception {
    try (OllamaLike one = OllamaLike.of("a").slots(1).loadMillis(1).start();
        TestGateway gateway =
            TestGateway.before(one)
                .set("ollamaAddresses", "[{\"url\": \"" + one.url() + "\", \"parallel\": 1}]")
                .set("heartbeat", "{\"afterSeconds\": 1}")
                .set("queue", "{\"maxWaitSeconds\": 3}")
                .set("metrics", "{\"enabled\": true}")
                .start();
        Chats chats = new Chats(gateway)) {
      assertEquals(200, gateway.ask(Chat.of("a", 1, "first").request()).status());
      one.hold();
      chats.send(Chat.of("a", 1, "runs"));
      one.awaitHeld(1);

      Answer waiting = gateway.ask(new Chat("a", 1, true, List.of("waits")).request());

      assertEquals(200, waiting.status());
      assertEquals(NDJSON, waiting.field("Content-Type"));
      List<String> lines = waiting.text().lines().toList();
      assertTrue(lines.getFirst().endsWith("\"done\":false}"), waiting.text());
      assertTrue(lines.getLast().startsWith("{\"error\":\"The request has waited"), waiting.text());
      gateway.awaitMetric(
          1, "gateway_requests_total{endpoint=\"/api/chat\",method=\"POST\",status=\"503\"}");
      one.release();
      assertEquals(List.of(200), chats.statuses());
    }
  }

  @Test
  void anErrorBeforeOneHasItsStatus() throws Exception {
    answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
    seen.countDown();
    try (TestGateway gateway = gateway()) {
      assertEquals(404, gateway.ask(request("/api/chat", STREAM)).status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat, '\"stream\":false'",
    "/v1/chat/completions, '\"x\":1'",
    "/api/embed, '\"stream\":true'"
  })
  void whatIsNoStreamGetsNone(String path, String member) throws Exception {
    answer = ok("application/json", "{}");
    try (TestGateway gateway = gateway();
        RawClient other = gateway.connect();
        RawClient client = gateway.connect()) {
      client.send(request(path, member));
      // Who came later has got two by now.
      other.send(request("/api/chat", STREAM)).head();
      String _ = other.chunk();
      String _ = other.chunk();
      seen.countDown();

      assertEquals("application/json", client.answer().field("Content-Type"));
    }
  }

  @Test
  void withoutTheSettingThereAreNone() throws Exception {
    answer = ok(NDJSON, "{}\n");
    try (TestGateway gateway = TestGateway.start(server);
        RawClient client = gateway.connect()) {
      client.send(request("/api/chat", STREAM));
      server.next();
      seen.countDown();

      assertEquals("{}\n", client.answer().text());
    }
  }

  private String endAfterSign(String path) throws Exception {
    try (TestGateway gateway = gateway()) {
      return endAfterSign(gateway, path);
    }
  }

  private String endAfterSign(TestGateway gateway, String path) throws Exception {
    try (RawClient client = gateway.connect()) {
      assertEquals(200, client.send(request(path, STREAM)).head().status());
      String sign = client.chunk();
      seen.countDown();
      String end = client.chunk();
      while (isSign(end, sign)) {
        end = client.chunk();
      }
      assertEquals("", client.chunk());
      // The connection is fit for more.
      assertFalse(client.send(TestGateway.getOf("/gateway/live")).answer().text().isEmpty());
      return end;
    }
  }

  private TestGateway gateway() throws Exception {
    return TestGateway.before(server)
        .set("heartbeat", "{\"afterSeconds\": 1}")
        .set("metrics", "{\"enabled\": true}")
        .start();
  }

  private static boolean isSign(String chunk, String sign) {
    return chunk.equals(sign) || chunk.contains("\"done\":false");
  }

  private static String ok(String type, String body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: "
        + type
        + "\r\nTransfer-Encoding: chunked\r\n\r\n"
        + Integer.toHexString(body.length())
        + "\r\n"
        + body
        + "\r\n0\r\n\r\n";
  }

  private static String request(String path, String member) {
    return TestGateway.postOf(path, "{\"model\":\"m\"," + member + "}");
  }
}
