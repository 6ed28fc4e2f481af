package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.app.testing.Capture;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the metrics tell of models, by what their servers say. */
@Timeout(120)
class ModelSeriesTest {

  private static FakeUpstream playing(Capture capture) throws IOException {
    return FakeUpstream.start(
        call -> {
          String _ = call.readBody();
          call.send(
              "HTTP/1.1 200 OK\r\nContent-Type: "
                  + capture.response().field("Content-Type")
                  + "\r\nTransfer-Encoding: chunked\r\n\r\n");
          for (String piece : capture.pieces()) {
            call.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
          }
          call.send("0\r\n\r\n");
        });
  }

  private static TestGateway.Plan counting(FakeUpstream server) {
    return TestGateway.before(server).set("metrics", "{\"enabled\": true}");
  }

  private static String series(String name, String path, String more) {
    return "gateway_" + name + "{endpoint=\"" + path + "\",model=\"tiny:latest\"" + more + "}";
  }

  @ParameterizedTest
  @CsvSource({
    "12-chat-stream, /api/chat, 4, 4",
    "10-generate-stream, /api/generate, 13, 4",
    "21-v1-chat-stream-usage, /v1/chat/completions, 4, 4",
    "29-v1-messages-stream, /v1/messages, 4, 4",
  })
  void aStreamIsCountedByItsModelAndRoute(String name, String path, int input, int output)
      throws Exception {
    Capture capture = Capture.curl(name + ".txt");
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = counting(server).start()) {
      assertEquals(200, gateway.post(path, capture.requestBody()).status());

      gateway.awaitMetric(output, series("tokens_total", path, ",type=\"output\""));
      assertEquals(input, gateway.metric(series("tokens_total", path, ",type=\"input\"")));
      assertEquals(0, gateway.metric(series("tokens_total", path, ",type=\"cached\"")));
      assertEquals(0, gateway.metric(series("usages_estimated_total", path, "")));
      String first = "gen_ai_server_time_to_first_token_seconds";
      assertEquals(1, gateway.metric(series(first + "_count", path, "")));
      assertTrue(gateway.metric(series(first + "_sum", path, "")) > 0);
      String each = "gen_ai_server_time_per_output_token_seconds";
      assertEquals(1, gateway.metric(series(each + "_count", path, "")));
      assertTrue(gateway.metric(series(each + "_sum", path, "")) > 0);
    }
  }

  @Test
  void theTimesAreThoseThatTheServerTells() throws Exception {
    Capture capture = Capture.curl("12-chat-stream.txt");
    try (FakeUpstream server = playing(capture);
        TestGateway gateway = counting(server).start()) {
      assertEquals(200, gateway.post("/api/chat", capture.requestBody()).status());

      String path = "/api/chat";
      gateway.awaitMetric(0.001479625, series("model_seconds_total", path, ",phase=\"load\""));
      assertEquals(
          0.001139, gateway.metric(series("model_seconds_total", path, ",phase=\"prompt\"")));
      assertEquals(
          0.002208, gateway.metric(series("model_seconds_total", path, ",phase=\"generation\"")));
    }
  }

  @Test
  void aNameThatNoServerHasMakesNoSeries() throws Exception {
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.respond(404, "{\"error\":\"model 'made-up' not found\"}");
                });
        TestGateway gateway = counting(server).start()) {
      for (int i = 0; i < 3; i++) {
        String body = "{\"model\":\"made-up-" + i + "\",\"messages\":[]}";
        assertEquals(404, gateway.post("/api/chat", body).status());
      }
      gateway.awaitMetric(
          3, "gateway_requests_total{endpoint=\"/api/chat\",method=\"POST\",status=\"404\"}");
      assertFalse(gateway.get("/metrics").text().contains("made-up"));
    }
  }

  @Test
  void whatKeysHaveUsedOfTheirQuotasIsTold() throws Exception {
    Capture capture = Capture.curl("12-chat-stream.txt");
    try (FakeUpstream server = playing(capture);
        TestGateway gateway =
            counting(server)
                .set(
                    "apiKeys",
                    "["
                        + TestGateway.entry("alice", TestGateway.KEY, true)
                            .replace("}", ", \"tokens\": {\"perDay\": 100}}")
                        + "]")
                .start()) {
      assertEquals(200, gateway.post("/api/chat", capture.requestBody()).status());

      gateway.awaitMetric(8, "gateway_key_quota_used_tokens{key=\"alice\",window=\"day\"}");
      assertEquals(100, gateway.metric("gateway_key_quota_tokens{key=\"alice\",window=\"day\"}"));
    }
  }
}
