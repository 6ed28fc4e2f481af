package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.Capture;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real Ollama server was asked and answered goes through the gateway unchanged. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CapturesTest {

  private static final Set<String> ADDED =
      Set.of(
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "forwarded",
          "via",
          "x-request-id",
          "host",
          "content-length",
          "transfer-encoding");

  private static final String MIDSTREAM =
      """
      /api/chat, chat, application/x-ndjson
      /api/generate, generate, application/x-ndjson
      /v1/chat/completions, v1-chat, text/event-stream
      /v1/messages, v1-messages, text/event-stream
      /v1/responses, v1-responses, text/event-stream
      """;

  private final FakeUpstream upstream;
  private final TestGateway gateway;

  CapturesTest() throws Exception {
    upstream = FakeUpstream.simple();
    gateway = TestGateway.start(upstream);
  }

  @AfterAll
  void close() throws IOException {
    gateway.close();
    upstream.close();
  }

  static Stream<String> exchanges() {
    return Stream.of(
        """
        03-version 04-version-head 05-tags 06-tags-head 07-ps 08-show 10-generate-stream
        11-generate-nostream 12-chat-stream 13-chat-nostream 14-embed 15-embeddings-legacy
        16-embed-on-completion-model 17-generate-on-embed-model 18-generate-load-only
        19-generate-unload 20-v1-chat-stream 21-v1-chat-stream-usage 22-v1-chat-nostream
        23-v1-completions-stream 24-v1-embeddings 25-v1-models 26-v1-model 27-v1-responses-stream
        28-v1-responses-nostream 29-v1-messages-stream 30-v1-messages-nostream 40-generate-404
        41-chat-404 42-embed-404 43-show-404 44-delete-404 45-copy-404 46-v1-chat-404
        47-v1-messages-404 48-v1-embeddings-404 49-v1-model-404 50-malformed-generate
        51-empty-generate 52-malformed-v1 53-v1-no-messages 54-malformed-messages 55-unknown-route
        56-wrong-method 57-get-generate 58-blob-head-404 59-blob-head-bad 60-blob-mismatch
        61-blob-get-405 62-pull-missing-stream 63-pull-missing-nostream 64-pull-bad-registry
        65-push-missing 66-create-stream 67-copy 68-delete 69-delete2 70-create-bad 71-status
        72-me 73-model-recommendations 74-websearch 75-cloud-model 76-pprof 77-systemone
        92-trailing-slash 93-double-slash 94-bad-model-name 95-no-content-type 97-v1-audio
        """
            .strip()
            .split("\\s+"));
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void anExchangeGoesThroughUnchanged(String name) throws Exception {
    Capture capture = Capture.curl(name + ".txt");
    int before = upstream.seen().size();
    upstream.script(call -> play(call, capture));
    boolean toHead = capture.request().word(0).equals("HEAD");
    try (RawClient client = gateway.connect()) {
      client.send(withKey(capture.request())).send(capture.requestBody());
      Answer answer = client.answer(toHead);
      assertSameAnswer(capture, answer, toHead);
      // The connection is as good as before.
      upstream.script(call -> call.respond(200, "{}"));
      assertEquals("{}", client.send(TestGateway.postOf("/api/chat", "{}")).answer().text());
    }
    assertSameRequest(capture, upstream.seen().get(before));
  }

  @Test
  void aClientOfHttp10GetsTheStreamUntilTheConnectionEnds() throws Exception {
    Capture capture = Capture.curl("96-http10.txt");
    int before = upstream.seen().size();
    upstream.script(call -> play(call, capture));
    try (RawClient client = gateway.connect()) {
      client.send(withKey(capture.request())).send(capture.requestBody());
      Answer answer = client.answer();
      assertEquals(capture.responseBody(), answer.body());
      assertEquals(End.CLOSED, answer.end());
      assertEquals(capture.response().endToEnd(), answer.head().endToEnd());
      assertEquals("close", answer.field("Connection"));
    }
    assertSameRequest(capture, upstream.seen().get(before));
  }

  @Test
  void theRootIsAnsweredByTheGatewayItselfInTheSameWords() throws Exception {
    for (String name : List.of("01-root-get.txt", "02-root-head.txt")) {
      Capture capture = Capture.curl(name);
      int before = upstream.seen().size();
      Answer answer = gateway.ask(capture.request().text());
      assertEquals(capture.response().startLine(), answer.head().startLine());
      assertEquals(capture.responseBody(), answer.body());
      assertEquals(capture.response().field("Content-Length"), answer.field("Content-Length"));
      assertEquals(capture.response().field("Content-Type"), answer.field("Content-Type"));
      assertEquals(before, upstream.seen().size());
    }
  }

  @Test
  void aStreamWithoutALastLineGoesThroughAsItIs() throws Exception {
    String raw = Capture.file("98-repeat-no-done.txt");
    int bodyFrom = raw.indexOf("\r\n\r\n") + 4;
    String head = raw.substring(0, bodyFrom);
    assertTrue(bodyFrom > 4);
    String body = raw.substring(bodyFrom);
    upstream.script(call -> stream(call, head, Capture.pieces("application/x-ndjson", body)));
    Answer answer = gateway.post("/api/generate", "{\"model\":\"repeat\"}");
    assertEquals(body, answer.body());
    assertEquals(End.COMPLETE, answer.end());
    assertEquals(new Head(head).endToEnd(), answer.head().endToEnd());
  }

  @ParameterizedTest
  @CsvSource(textBlock = MIDSTREAM)
  void whenTheRunnerDiesTheStreamEndsAsTheServerEndsIt(String path, String file, String type)
      throws Exception {
    String body = Capture.file("midstream/" + file + ".txt");
    upstream.script(call -> stream(call, streamHead(type), Capture.pieces(type, body)));
    Answer answer = gateway.post(path, "{}");
    assertEquals(body, answer.body());
    assertEquals(End.COMPLETE, answer.end());
  }

  @ParameterizedTest
  @CsvSource(textBlock = MIDSTREAM)
  void whenTheServerDiesTheStreamEndsUnclean(String path, String file, String type)
      throws Exception {
    String body = Capture.file("midstream/" + file + ".txt");
    upstream.script(
        call -> {
          call.readBody();
          call.send(streamHead(type));
          for (String piece : Capture.pieces(type, body)) {
            call.send(Bytes.chunk(piece));
          }
          call.close();
        });
    Answer answer = gateway.post(path, "{}");
    assertEquals(body, answer.body());
    assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.end().toString());
  }

  @Test
  void whenTheRunnerDiesWithoutAStreamItsErrorGoesThrough() throws Exception {
    String error = Capture.file("midstream/generate-nostream.txt");
    upstream.script(call -> call.respond(500, error));
    Answer answer = gateway.post("/api/generate", "{}");
    assertEquals(500, answer.status());
    assertEquals(error, answer.text());
  }

  static Stream<Arguments> clientRequests() throws IOException {
    return Stream.of("py-requests.txt", "cli-requests.txt").flatMap(CapturesTest::requests);
  }

  /** A request of a client's: its head, and the body that it sent. */
  record Arguments(String file, Head head, String body) {
    @Override
    public String toString() {
      return file + ": " + head.startLine();
    }
  }

  @ParameterizedTest
  @MethodSource("clientRequests")
  void aRequestOfAnOllamaClientGoesThrough(Arguments request) throws Exception {
    upstream.script(call -> call.respond(200, "{}"));
    Head head = request.head();
    boolean toHead = head.word(0).equals("HEAD");
    boolean carriesKey = !head.all("authorization").isEmpty();
    String sent =
        carriesKey ? head.text().replaceAll("Bearer \\w+", "Bearer sekret") : withKey(head);
    int before = upstream.seen().size();
    // This gateway allows no keys in paths: it neither takes that one nor lets a server see it.
    boolean keyInPath = head.word(1).startsWith("/k/");
    boolean own = head.word(1).equals("/") || keyInPath;
    try (RawClient client = gateway.connect()) {
      client.send(sent);
      client.send(
          head.field("Transfer-Encoding").isEmpty()
              ? request.body()
              : Bytes.chunk(request.body()) + Bytes.LAST_CHUNK);
      Answer answer = client.answer(toHead);
      assertEquals(keyInPath ? 404 : 200, answer.status());
    }
    assertEquals(before + (own ? 0 : 1), upstream.seen().size());
    if (!own) {
      Call call = upstream.seen().get(before);
      assertEquals(head.startLine(), call.head().startLine());
      assertEquals(asking(head.word(1), request.body()), call.body());
      List<Head.Field> passing = new ArrayList<>(passing(head));
      if (!call.body().equals(request.body())) {
        passing.removeIf(field -> field.name().equals("Accept-Encoding"));
      }
      assertEquals(passing, added(call.head(), false));
      assertNoKey(call);
    }
  }

  private static Stream<Arguments> requests(String file) {
    try {
      List<Arguments> requests = new ArrayList<>();
      String text = Capture.file(file).replace("\r\n", "\n");
      String[] blocks = text.split("(?m)^--- conn \\d+ *\n", -1);
      for (int i = 0; i < blocks.length; i++) {
        int end = blocks[i].indexOf("\n\n");
        if (end > 0 && blocks[i].contains(" HTTP/1.1\n")) {
          Head head = new Head(blocks[i].substring(0, end + 2).replace("\n", "\r\n"));
          String rest = blocks[i].substring(end + 2);
          String next = rest.isBlank() && i + 1 < blocks.length ? blocks[i + 1] : rest;
          String length = head.field("Content-Length");
          // A blob's bytes aren't in the capture.
          String body =
              !head.field("Transfer-Encoding").isEmpty()
                  ? "GGUF"
                  : length.isEmpty() ? "" : next.substring(0, Integer.parseInt(length));
          requests.add(new Arguments(file, head, body));
        }
      }
      assertFalse(requests.isEmpty(), file);
      return requests.stream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String withKey(Head request) {
    return request.text().replace("\r\n\r\n", "\r\n" + TestGateway.AUTH + "\r\n");
  }

  private static String streamHead(String contentType) {
    return "HTTP/1.1 200 OK\r\nContent-Type: "
        + contentType
        + "\r\nTransfer-Encoding: chunked\r\n\r\n";
  }

  private static void play(Call call, Capture capture) throws IOException {
    call.readBody();
    if (call.method().equals("HEAD")) {
      call.send(capture.response().text());
    } else if (!capture.response().field("Content-Length").isEmpty()) {
      call.send(capture.response().text()).send(capture.responseBody());
    } else if (!capture.response().field("Transfer-Encoding").isEmpty()) {
      stream(call, capture.response().text(), capture.pieces());
    } else {
      call.send(capture.response().text());
      for (String piece : capture.pieces()) {
        call.send(piece);
      }
      call.close();
    }
  }

  private static void stream(Call call, String head, List<String> pieces) throws IOException {
    call.readBody();
    call.send(head);
    for (String piece : pieces) {
      call.send(Bytes.chunk(piece));
    }
    call.send(Bytes.LAST_CHUNK);
  }

  private static void assertSameAnswer(Capture capture, Answer answer, boolean toHead) {
    assertEquals(capture.response().startLine(), answer.head().startLine());
    assertEquals(capture.response().endToEnd(), answer.head().endToEnd());
    assertEquals(capture.response().field("Content-Length"), answer.field("Content-Length"));
    assertEquals(capture.response().field("Transfer-Encoding"), answer.field("Transfer-Encoding"));
    assertEquals(End.COMPLETE, answer.end());
    if (!toHead) {
      assertEquals(capture.responseBody(), answer.body());
    }
    assertTrue(answer.field("X-Request-Id").matches("[0-9a-f]{16}"));
  }

  private static void assertSameRequest(Capture capture, Call call) {
    Head head = capture.request();
    String target = head.word(1).replaceAll("/+", "/");
    assertEquals(head.word(0) + " " + target + " HTTP/1.1", call.head().startLine());
    String body = capture.requestBody();
    assertEquals(asking(target, body), call.body());
    boolean isSame = call.body().equals(body);
    String length = isSame ? head.field("Content-Length") : "" + call.body().length();
    assertEquals(length, call.head().field("Content-Length"));
    assertEquals(passing(head), added(call.head(), false));
    assertNoKey(call);
  }

  /** The gateway asks for the usage of a stream that doesn't tell it unasked. */
  private static String asking(String target, String body) {
    boolean isAsked = body.contains("include_usage") || !body.contains("\"stream\":true");
    return isAsked || !target.matches("/v1/(chat/)?completions")
        ? body
        : "{\"stream_options\":{\"include_usage\":true}," + body.substring(1);
  }

  private static void assertNoKey(Call call) {
    assertFalse(call.head().text().contains("sekret"), call.head().text());
    assertEquals(List.of(), call.head().all("Authorization"));
    assertEquals(List.of(), call.head().all("X-Api-Key"));
  }

  /** The fields of a client's request that a server should see. */
  private static List<Head.Field> passing(Head head) {
    Set<String> dropped =
        Set.of(
            "host",
            "connection",
            "authorization",
            "x-api-key",
            "content-length",
            "transfer-encoding");
    return head.fields().stream()
        .filter(f -> !dropped.contains(f.name().toLowerCase(Locale.ROOT)))
        .toList();
  }

  private static List<Head.Field> added(Head head, boolean byTheGateway) {
    return head.fields().stream()
        .filter(f -> ADDED.contains(f.name().toLowerCase(Locale.ROOT)) == byTheGateway)
        .toList();
  }
}
