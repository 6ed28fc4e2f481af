package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a request asks for the usage of its stream. */
class StreamUsageTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"stream\":true}|{\"stream_options\":{\"include_usage\":true},\"stream\":true}",
        " { \"model\":\"m\" , \"stream\" : true}| {\"stream_options\":{\"include_usage\":true},"
            + " \"model\":\"m\" , \"stream\" : true}",
        "{\"stream\":true,\"stream_options\":null}"
            + "|{\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":{}}"
            + "|{\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":{ \"x\":1}}"
            + "|{\"stream\":true,\"stream_options\":{\"include_usage\":true, \"x\":1}}",
        "{\"stream_options\":{\"include_usage\":false},\"stream\":true}"
            + "|{\"stream_options\":{\"include_usage\":true},\"stream\":true}",
        "{\"Stream_Options\":{\"Include_Usage\":null},\"Stream\":true}"
            + "|{\"Stream_Options\":{\"Include_Usage\":true},\"Stream\":true}",
        "{\"x\":{\"stream_options\":1,\"stream\":false},\"stream\":true}|{\"stream_options\":"
            + "{\"include_usage\":true},\"x\":{\"stream_options\":1,\"stream\":false},"
            + "\"stream\":true}"
      })
  void aStreamThatDoesNotAskIsMadeToAsk(String body, String expected) {
    assertEquals(expected, applied(body, request(body).orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{}",
        "{\"stream\":false}",
        "{\"model\":\"m\"}",
        "{\"stream\":true,\"stream\":false}",
        // What Ollama refuses, or who knows how it reads it.
        "{\"stream\":true,\"stream_options\":[]}",
        "{\"stream\":true,\"stream_options\":\"x\"}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":1}}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":false,\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":{},\"Stream_options\":{}}",
        "{\"stream\":true",
        "{\"stream\":true,}",
        "[true]",
        ""
      })
  void whatAsksByItselfOrIsNoStreamStaysAsItIs(String body) {
    assertEquals(Optional.empty(), request(body));
  }

  @Test
  void onlyTwoRoutesAreAskedOnRequest() {
    for (Route route : Route.values()) {
      boolean isChat = route == Route.V1_CHAT || route == Route.V1_COMPLETIONS;
      assertEquals(isChat, StreamUsage.isByRequest(route), route.label());
    }
  }

  @Test
  void theAnswerToABodyThatWasMadeToAskIsReadAsOneThatAsks() {
    String body = "{\"model\":\"m\",\"messages\":[],\"stream\":true}";
    String asking = applied(body, request(body).orElseThrow());
    ModelRequest before = ModelRequest.of(Route.V1_CHAT, bytes(body), body.length(), true);
    ModelRequest after = ModelRequest.of(Route.V1_CHAT, bytes(asking), asking.length(), true);
    assertEquals(before, after);
    assertTrue(request(asking).isEmpty());
    assertFalse(body.contains("usage"));
  }

  private static Optional<Edit> request(String body) {
    return StreamUsage.request(bytes(body), body.length());
  }

  private static String applied(String body, Edit edit) {
    return body.substring(0, edit.place().from()) + edit.text() + body.substring(edit.place().to());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
