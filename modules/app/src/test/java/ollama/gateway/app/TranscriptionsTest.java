package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Speech to text: the model is a part of a form. */
@Timeout(120)
class TranscriptionsTest {

  private static final String PATH = "/v1/audio/transcriptions";
  private static final String BOUNDARY = "----form-1";
  private static final String UNREAD = "gateway_requests_without_model_total";
  private static final int KEPT_BYTES = 20_000;

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one").has("m:latest");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two").has("whisper:latest");
  @AutoClose private final TestGateway gateway;

  TranscriptionsTest() throws Exception {
    gateway =
        TestGateway.before(one, two)
            .set("loadBalancer", "{\"policy\": \"soonest\"}")
            .set("metrics", "{\"enabled\": true}")
            .set("limits", "{\"replayBytes\": " + KEPT_BYTES + "}")
            .startChecked(one, two);
    while (gateway.get("/gateway/servers").text().split("\"models\":\\[").length < 3) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRecordingGoesToTheServerThatHasTheModel(boolean first) throws Exception {
    String model = part("name=\"model\"", "whisper");
    String file = file(10_000);
    for (int i = 0; i < 4; i++) {
      assertEquals("{\"by\":\"two\"}", ask(PATH, first ? model + file : file + model).text());
    }
    assertEquals(0, gateway.metric(UNREAD));
  }

  @Test
  void aModelInTheQueryComesFirst() throws Exception {
    for (int i = 0; i < 4; i++) {
      Answer answer = ask(PATH + "?model=whisper", part("name=\"model\"", "m"));
      assertEquals("{\"by\":\"two\"}", answer.text());
    }
  }

  @Test
  void whereTheModelIsBehindWhatIsKeptAnyServerIsAsked() throws Exception {
    Answer answer = ask(PATH, file(2 * KEPT_BYTES) + part("name=\"model\"", "whisper"));

    assertEquals(200, answer.status());
    gateway.awaitMetric(1, UNREAD);
  }

  @Test
  void aBodyWithoutAModelIsCounted() throws Exception {
    assertEquals(200, gateway.post("/api/chat", "{\"messages\":[]}").status());
    assertEquals(200, gateway.post("/api/chat", "{\"model\":\"m\",\"messages\":[]}").status());
    assertEquals(200, gateway.post("/api/pull", "{}").status());
    assertEquals(200, gateway.get("/api/chat").status());

    gateway.awaitMetric(1, UNREAD);
  }

  private Answer ask(String target, String parts) throws IOException {
    String body = parts + "--" + BOUNDARY + "--\r\n";
    String fields =
        "Content-Type: multipart/form-data; boundary="
            + BOUNDARY
            + "\r\nContent-Length: "
            + body.length();
    return gateway.ask(TestGateway.postHeadOf(target, fields) + body);
  }

  private static String file(int bytes) {
    return part("name=\"file\"; filename=\"a.wav\"", "x".repeat(bytes));
  }

  private static String part(String disposition, String value) {
    return "--"
        + BOUNDARY
        + "\r\nContent-Disposition: form-data; "
        + disposition
        + "\r\n\r\n"
        + value
        + "\r\n";
  }
}
