package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorShapeTest {

  @Test
  void nativeIsOneMember() {
    assertEquals(
        "{\"error\":\"Unauthorized API Key\"}",
        ErrorShape.NATIVE.json(401, "Unauthorized API Key", "0123"));
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error",
    "401, authentication_error",
    "403, permission_error",
    "404, not_found_error",
    "405, invalid_request_error",
    "408, invalid_request_error",
    "413, invalid_request_error",
    "429, rate_limit_error",
    "500, api_error",
    "502, api_error",
    "503, api_error",
    "504, api_error"
  })
  void openAiAndAnthropicNameATypeForTheStatus(int status, String type) {
    assertEquals(
        "{\"error\":{\"message\":\"so it is\",\"type\":\""
            + type
            + "\",\"param\":null,\"code\":null}}",
        ErrorShape.OPENAI.json(status, "so it is", "0123"));
    assertEquals(
        "{\"type\":\"error\",\"error\":{\"type\":\""
            + type
            + "\",\"message\":\"so it is\"},\"request_id\":\"req_0123\"}",
        ErrorShape.ANTHROPIC.json(status, "so it is", "0123"));
  }

  @Test
  void aMessageIsQuoted() {
    assertEquals(
        "{\"error\":\"say \\\"no\\\"\\n\"}", ErrorShape.NATIVE.json(500, "say \"no\"\n", ""));
  }

  @Test
  void aBodyIsUtf8() {
    assertArrayEquals(
        "{\"error\":\"größer\"}".getBytes(StandardCharsets.UTF_8),
        ErrorShape.NATIVE.body(400, "größer", ""));
  }
}
