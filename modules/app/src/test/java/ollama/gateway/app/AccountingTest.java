package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Capture;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What keys use is counted as the servers say. */
@Timeout(120)
class AccountingTest {

  private static final String ASKS = "\"stream_options\":{\"include_usage\":true}";

  @ParameterizedTest
  @CsvSource({
    // capture, path, prompt, completion, estimated
    "10-generate-stream, /api/generate, 13, 4, 0",
    "11-generate-nostream, /api/generate, 13, 4, 0",
    "12-chat-stream, /api/chat, 4, 4, 0",
    "13-chat-nostream, /api/chat, 4, 4, 0",
    "14-embed, /api/embed, 14, 0, 0",
    "18-generate-load-only, /api/generate, 0, 0, 0",
    "21-v1-chat-stream-usage, /v1/chat/completions, 4, 4, 0",
    "22-v1-chat-nostream, /v1/chat/completions, 4, 4, 0",
    "23-v1-completions-stream, /v1/completions, 4, 4, 0",
    "24-v1-embeddings, /v1/embeddings, 4, 0, 0",
    "27-v1-responses-stream, /v1/responses, 4, 4, 0",
    "28-v1-responses-nostream, /v1/responses, 4, 4, 0",
    "29-v1-messages-stream, /v1/messages, 4, 4, 0",
    "30-v1-messages-nostream, /v1/messages, 4, 4, 0"
  })
  void everyRouteIsCountedAsOllamaItselfSays(
      String name, String path, int prompt, int completion, int estimated) throws Exception {
    Capture capture = Capture.curl(name + ".txt");
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = TestGateway.start(server)) {
      Answer answer = gateway.post(path, capture.requestBody());

      assertEquals(200, answer.status());
      // These ask for their usage themselves, and get it.
      assertEquals(capture.responseBody(), answer.text());
      assertEquals(capture.requestBody(), server.seen().getLast().body());
      assertEquals("1,%d,%d,0,%d".formatted(estimated, prompt, completion), awaitUsage(gateway, 1));
    }
  }

  @Test
  void ofAnAnswerThatSaysNothingThereIsAnEstimate() throws Exception {
    Capture capture = Capture.curl("15-embeddings-legacy.txt");
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = TestGateway.start(server)) {
      assertEquals(200, gateway.post("/api/embeddings", capture.requestBody()).status());

      String[] row = awaitUsage(gateway, 1).split(",", -1);
      assertEquals("1", row[1]);
      assertTrue(Integer.parseInt(row[2]) > 0, row[2]);
      assertEquals("0", row[4]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "21-v1-chat-stream-usage, 20-v1-chat-stream, /v1/chat/completions",
    "23-v1-completions-stream, '', /v1/completions"
  })
  void aStreamIsAskedForItsUsageAndTheClientSeesNoTraceOfThat(
      String asked, String unasked, String path) throws Exception {
    Capture capture = Capture.curl(asked + ".txt");
    String body = capture.requestBody().replace("," + ASKS, "");
    assertFalse(body.contains("usage"), body);
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = TestGateway.start(server)) {
      Answer answer = gateway.post(path, body);

      assertEquals("{" + ASKS + "," + body.substring(1), server.seen().getLast().body());
      assertFalse(answer.text().contains("usage"), answer.text());
      assertEquals(expected(capture), answer.text());
      if (!unasked.isEmpty()) {
        List<String> events = Capture.curl(unasked + ".txt").pieces();
        assertEquals(events.size(), answer.text().split("\n\n").length);
      }
      assertEquals("1,0,4,0,4", awaitUsage(gateway, 1));
    }
  }

  /** What the same server would have said unasked. */
  private static String expected(Capture capture) {
    StringBuilder events = new StringBuilder();
    for (String event : capture.pieces()) {
      if (!event.contains("\"choices\":[]")) {
        events.append(event.replaceAll(",\"usage\":\\{[^}]*}", ""));
      }
    }
    return events.toString();
  }

  @ParameterizedTest
  @CsvSource({"stream, 40000", "Stream, 300000"})
  void aStreamIsCountedWhereverItsBodySaysSo(String member, int promptChars) throws Exception {
    Capture capture = Capture.curl("21-v1-chat-stream-usage.txt");
    String text = "x".repeat(promptChars);
    String messages = "\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]";
    String body = "{\"model\":\"tiny\"," + messages + ",\"" + member + "\":true}";
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = TestGateway.start(server)) {
      Answer answer = gateway.post("/v1/chat/completions", body);

      assertEquals(expected(capture), answer.text());
      assertEquals("1,0,4,0,4", awaitUsage(gateway, 1));
    }
  }

  @Test
  void whereTheBodyCannotBeReadThePiecesAreCountedAllTheSame() throws Exception {
    Capture capture = Capture.curl("20-v1-chat-stream.txt");
    String text = "x".repeat(20_000);
    String body = "{\"model\":\"tiny\",\"user\":\"" + text + "\",\"stream\":true}";
    try (FakeUpstream server = playing(capture);
        TestGateway gateway =
            TestGateway.before(server)
                .set("limits", "{\"questionBytes\": 1024, \"replayBytes\": 1024}")
                .start()) {
      assertEquals(200, gateway.post("/v1/chat/completions", body).status());

      String[] row = awaitUsage(gateway, 1).split(",", -1);
      assertEquals("1", row[1], "it is an estimate");
      assertTrue(Integer.parseInt(row[2]) > 1_000, "prompt: " + row[2]);
      assertTrue(Integer.parseInt(row[4]) >= 4, "pieces: " + row[4]);
    }
  }

  @Test
  void anErrorCostsNothing() throws Exception {
    Capture capture = Capture.curl("41-chat-404.txt");
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = TestGateway.start(server)) {
      assertEquals(404, gateway.post("/api/chat", capture.requestBody()).status());
      assertEquals("[]", gateway.get("/gateway/usage").text());
    }
  }

  @Test
  void whoLeavesInMidStreamIsCountedByThePiecesThatCame() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    String token = "{\"model\":\"m\",\"response\":\"a\",\"done\":false}\n";
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send(head("application/x-ndjson") + chunk(token).repeat(3));
                  call.await(never);
                });
        TestGateway gateway = TestGateway.start(server)) {
      try (RawClient client = gateway.connect()) {
        client.send(TestGateway.postOf("/api/generate", "{\"model\":\"m\",\"prompt\":\"hello\"}"));
        assertEquals("200", client.head().word(1));
        assertTrue(client.chunk().startsWith(token));
      }
      String[] row = awaitUsage(gateway, 1).split(",", -1);
      assertEquals("1", row[1], "it is an estimate");
      assertTrue(Integer.parseInt(row[2]) > 0, "the prompt was read");
      int pieces = Integer.parseInt(row[4]);
      assertTrue(pieces >= 1 && pieces <= 3, "pieces: " + pieces);
      never.countDown();
    }
  }

  @Test
  void whoLeavesBeforeAWholeAnswerPaysWhatWasReservedForIt() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  asked.countDown();
                  call.await(never);
                });
        TestGateway gateway = TestGateway.start(server)) {
      server.has("m");
      try (RawClient client = gateway.connect()) {
        String body = "{\"model\":\"m\",\"prompt\":\"hello\",\"stream\":false}";
        client.send(TestGateway.postOf("/api/generate", body));
        asked.await();
      }
      String[] row = awaitUsage(gateway, 1).split(",", -1);
      assertEquals("1", row[1], "it is an estimate");
      assertEquals("64", row[4]);
      never.countDown();
    }
  }

  private static FakeUpstream playing(Capture capture) throws IOException {
    return FakeUpstream.start(
        call -> {
          String _ = call.readBody();
          String type = capture.response().field("Content-Type");
          List<String> pieces = capture.pieces();
          if (capture.response().field("Content-Length").isEmpty()) {
            call.send(head(type));
            for (String piece : pieces) {
              call.send(chunk(piece));
            }
            call.send("0\r\n\r\n");
          } else {
            int status = Integer.parseInt(capture.response().word(1));
            call.respond(status, capture.responseBody());
          }
        });
  }

  private static String head(String type) {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n";
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  /** The numbers of the only row, once it counts so many requests. */
  private static String awaitUsage(TestGateway gateway, int requests) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      List<String> lines = gateway.get("/gateway/usage?format=csv").text().lines().toList();
      if (lines.size() == 2) {
        String numbers = lines.get(1).replaceFirst("(?:[^,]*,){4}", "");
        if (numbers.startsWith(requests + ",")) {
          return numbers;
        }
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(lines.toString());
      }
    }
  }
}
