package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.app.testing.ZstdFrames;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that come compressed with zstd. */
@Timeout(180)
class CompressedBodiesTest {

  private static final String CHAT = "/v1/chat/completions";
  private static final String UNREAD = "gateway_requests_without_model_total";
  private static final String BY_TWO = "{\"by\":\"two\"}";

  /** What its own program makes of a question to the model m. */
  private static final String QUESTION =
      Bytes.text(
          HexFormat.of()
              .parseHex(
                  "28b52ffd0468ed010012040d11b06b0ca76746b25b647b4f0a1a68823927"
                      + "71c441510ad451a3e74ead538b1c66dbdef9a2c586226f6bb4b54d87d339"
                      + "dab2d2300100dda54001405c7ac3"));

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one").has("other:latest");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two").has("m:latest");
  @AutoClose private final TestGateway gateway;

  CompressedBodiesTest() throws Exception {
    gateway =
        TestGateway.before(one, two)
            .set("loadBalancer", "{\"policy\": \"soonest\"}")
            .set("metrics", "{\"enabled\": true}")
            .set("models", "{\"alias\": [\"m\"]}")
            .startChecked(one, two);
    while (gateway.get("/gateway/servers").text().split("\"models\":\\[").length < 3) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CHAT, "/v1/completions", "/v1/responses", "/v1/messages"})
  void oneGoesToTheServerThatHasTheModelAsItCame(String path) throws Exception {
    for (int i = 0; i < 4; i++) {
      assertEquals(BY_TWO, ask(path, "zstd", QUESTION).text());
      Call seen = two.next();
      assertEquals("zstd", seen.head().field("Content-Encoding"));
      assertEquals(QUESTION, seen.body());
    }
    assertEquals(BY_TWO, ask(path, "ZSTD", ZstdFrames.of("{\"model\":\"m\"}")).text());
    assertEquals(0, gateway.metric(UNREAD));
    assertEquals(List.of(), one.seen());
  }

  @Test
  void theModelIsFoundBehindALongPromptToo() throws Exception {
    String prompt = "\"prompt\":\"" + "x".repeat(600_000) + "\"";
    for (int i = 0; i < 4; i++) {
      String body = ZstdFrames.of("{" + prompt + ",\"model\":\"m\"}");
      assertEquals(BY_TWO, ask("/v1/completions", "zstd", body).text());
      assertEquals(body, two.next().body());
    }
    assertEquals(0, gateway.metric(UNREAD));
  }

  @Test
  void ofOneThatIsTooLargeTheBeginningCounts() throws Exception {
    String body = ZstdFrames.bomb("{\"model\":\"m\",\"prompt\":\"", 100);
    for (int i = 0; i < 4; i++) {
      assertEquals(BY_TWO, ask("/v1/completions", "zstd", body).text());
      assertEquals(body, two.next().body());
    }
    assertEquals(0, gateway.metric(UNREAD));
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat, zstd",
    "/v1/chat/completions, gzip",
    "/v1/chat/completions, 'zstd, gzip'",
    "/v1/chat/completions, 'zstd, zstd'"
  })
  void whatOllamaDoesNotTakeIsNotLookedInto(String path, String coding) throws Exception {
    assertEquals(200, ask(path, coding, QUESTION).status());
    gateway.awaitMetric(1, UNREAD);
  }

  @Test
  void aBrokenOneGoesOnAsItIs() throws Exception {
    for (String body : List.of("no zstd", QUESTION.substring(0, 30), "{\"model\":\"m\"}")) {
      assertEquals(200, ask(CHAT, "zstd", body).status());
      Call seen = one.seen().isEmpty() ? two.next() : one.next();
      assertEquals(body, seen.body());
      one.forget();
    }
    gateway.awaitMetric(3, UNREAD);
  }

  @Test
  void aNameIsReplacedInWhatItSays() throws Exception {
    String text = "{\"messages\":[{\"role\":\"user\",\"content\":\"alias\"}],\"model\":\"alias\"}";
    String renamed = text.replace("\"model\":\"alias\"", "\"model\":\"m\"");
    for (String request : List.of(counted(ZstdFrames.of(text)), chunked(ZstdFrames.of(text)))) {
      Answer answer = gateway.ask(request);

      assertEquals(BY_TWO, answer.text());
      assertEquals("m", answer.field("X-Gateway-Model"));
      Call seen = two.next();
      assertEquals(renamed, seen.body());
      assertEquals(List.of(), seen.head().all("Content-Encoding"));
    }
  }

  @Test
  void whereTheNameWasReplacedItCanBeSentAgain() throws Exception {
    String renamed = "{\"model\":\"m\",\"messages\":[]}";
    gateway.ask(counted(ZstdFrames.of("{\"model\":\"alias\",\"messages\":[]}")));
    assertEquals(renamed, two.next().body());
    // On the connection that is idle now, whose end the gateway hasn't seen.
    two.script(
        call -> {
          two.script(again -> again.respond(200, "{}"));
          call.close();
        });

    Answer answer = gateway.ask(counted(ZstdFrames.of("{\"model\":\"alias\",\"messages\":[]}")));

    assertEquals(200, answer.status(), answer::text);
    assertEquals("", two.next().body());
    Call second = two.next();
    assertEquals(renamed, second.body());
    assertEquals(List.of(), second.head().all("Content-Encoding"));
  }

  @Test
  void aNameInOneThatIsTooLargeIsRefused() throws Exception {
    String body = ZstdFrames.bomb("{\"model\":\"alias\",\"prompt\":\"", 100);

    Answer answer = ask("/v1/messages", "zstd", body);

    assertEquals(413, answer.status());
    assertTrue(answer.text().startsWith("{\"type\":\"error\""), answer::text);
    assertTrue(answer.text().contains("alias:latest stands for other models"), answer::text);
    assertTrue(answer.text().contains("at most 1048576 bytes"), answer::text);
    assertEquals(List.of(), two.seen());
  }

  private Answer ask(String path, String coding, String body) throws IOException {
    return gateway.ask(counted(path, coding, body));
  }

  private static String counted(String body) {
    return counted(CHAT, "zstd", body);
  }

  private static String counted(String path, String coding, String body) {
    String fields = "Content-Encoding: " + coding + "\r\nContent-Length: " + body.length();
    return TestGateway.postHeadOf(path, fields) + body;
  }

  private static String chunked(String body) {
    String fields = "Content-Encoding: zstd\r\nTransfer-Encoding: chunked";
    return TestGateway.postHeadOf(CHAT, fields) + Bytes.chunk(body) + Bytes.LAST_CHUNK;
  }
}
