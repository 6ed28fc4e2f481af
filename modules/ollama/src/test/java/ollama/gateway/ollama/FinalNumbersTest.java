package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FinalNumbersTest {

  @ParameterizedTest
  @CsvSource({
    "GENERATE, generate.ndjson, '14416142 1579468 13 3025000 4 2803000 length'",
    "GENERATE, generate.json, '9791372 1316828 13 953000 4 3465000 length'",
    "CHAT, chat.ndjson, '10014443 1479625 4 1139000 4 2208000 length'",
    "CHAT, chat.json, '9624499 1512594 4 1040000 4 2734000 length'",
    "GENERATE, generate-load.json, '-1 -1 -1 -1 -1 -1 load'",
    "GENERATE, generate-unload.json, '-1 -1 -1 -1 -1 -1 unload'",
    "EMBEDDINGS, embeddings.json, '-1 -1 -1 -1 -1 -1 '",
    "V1_CHAT, v1-chat.sse, '-1 -1 -1 -1 -1 -1 '",
    "V1_CHAT, v1-chat-usage.sse, '-1 -1 4 -1 4 -1 '",
    "V1_CHAT, v1-chat.json, '-1 -1 4 -1 4 -1 '",
    "V1_COMPLETIONS, v1-completions.sse, '-1 -1 4 -1 4 -1 '",
    "V1_EMBEDDINGS, v1-embeddings.json, '-1 -1 4 -1 -1 -1 '",
    "V1_MESSAGES, v1-messages.sse, '-1 -1 4 -1 4 -1 '",
    "V1_MESSAGES, v1-messages.json, '-1 -1 4 -1 4 -1 '"
  })
  void realAnswersHaveTheirNumbers(Route route, String file, String expected) {
    byte[] answer = Answers.of(file);
    assertEquals(expected, line(read(route, !file.endsWith(".json"), answer)));
  }

  @Test
  void responsesAndEmbeddingsSayMoreOrLess() {
    FinalNumbers.Phase four = new FinalNumbers.Phase(4, FinalNumbers.ABSENT);
    FinalNumbers responses = new FinalNumbers(-1, -1, four, four, 0, "");
    assertEquals(responses, read(Route.V1_RESPONSES, true, Answers.of("v1-responses.sse")));
    assertEquals(responses, read(Route.V1_RESPONSES, false, Answers.of("v1-responses.json")));
    FinalNumbers embed = read(Route.EMBED, false, Answers.of("embed.json"));
    assertEquals(FinalNumbers.ABSENT, embed.completionTokens());
    assertEquals(true, embed.totalNanos() > 0 && embed.promptTokens() > 0);
  }

  @Test
  void theTimeThatIsLeftWasWaitedFor() {
    assertEquals(
        14416142 - 1579468 - 3025000 - 2803000,
        read(Route.GENERATE, true, Answers.of("generate.ndjson")).waitedNanos());
    assertEquals(0, ofChat("{\"total_duration\":5,\"load_duration\":6}").waitedNanos());
    assertEquals(5, ofChat("{\"total_duration\":5}").waitedNanos());
    assertEquals(FinalNumbers.ABSENT, ofChat("{\"load_duration\":6}").waitedNanos());
  }

  @Test
  void cachedTokensAreTakenWhereTheyAre() {
    assertEquals(7, ofChat("{\"done\":true,\"prompt_eval_cached_count\":7}").cachedTokens());
    assertEquals(
        7,
        read(
                Route.V1_CHAT,
                false,
                bytes(
                    "{\"usage\":{\"prompt_tokens\":9,\"prompt_tokens_details\":"
                        + "{\"cached_tokens\":7}}}"))
            .cachedTokens());
    assertEquals(
        7,
        read(
                Route.V1_MESSAGES,
                false,
                bytes("{\"usage\":{\"input_tokens\":9,\"cache_read_input_tokens\":7}}"))
            .cachedTokens());
  }

  @ParameterizedTest
  @CsvSource({
    "GENERATE, generate.json",
    "GENERATE, generate.ndjson",
    "CHAT, chat.json",
    "CHAT, chat.ndjson",
    "EMBED, embed.json",
    "V1_CHAT, v1-chat.json",
    "V1_CHAT, v1-chat-usage.sse",
    "V1_EMBEDDINGS, v1-embeddings.json",
    "V1_RESPONSES, v1-responses.json",
    "V1_RESPONSES, v1-responses.sse",
    "V1_MESSAGES, v1-messages.json"
  })
  void theEndIsEnoughWhereverItBegins(Route route, String file) {
    byte[] answer = Answers.of(file);
    boolean streamed = !file.endsWith(".json");
    FinalNumbers whole = read(route, streamed, answer);
    int numbers =
        Math.max(
            new String(answer, UTF_8).lastIndexOf(",\"total_duration"),
            new String(answer, UTF_8).lastIndexOf(",\"usage"));
    for (int from = 0; from <= numbers; from++) {
      FinalNumbers found = read(route, streamed, Arrays.copyOfRange(answer, from, answer.length));
      assertEquals(whole.waitedNanos(), found.waitedNanos(), file + " from " + from);
      assertEquals(whole.prefill(), found.prefill(), file + " from " + from);
      assertEquals(whole.decode(), found.decode(), file + " from " + from);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "{\"choices\":[],\"usage\" : {\"prompt_tokens\" : 9, \"completion_tokens\":4}}",
        "{ \"choices\": [], \"usage\"\t:\t{ \"prompt_tokens\": 9, \"completion_tokens\": 4 } }",
        "{\"usage\": {\"prompt_tokens\":9,\"completion_tokens\":4},\"object\":\"usage\"}",
        "{\"usage\" :{\"prompt_tokens\":9,\"completion_tokens\":4},\"of\":[\"usage\",\"usage\" ]}",
      })
  void aUsageIsReadWhateverBlanksStandAroundItsColon(String object) {
    for (boolean isStreamed : new boolean[] {true, false}) {
      String answer = isStreamed ? "data: " + object + "\n\ndata: [DONE]\n\n" : object;
      FinalNumbers numbers = read(Route.V1_CHAT, isStreamed, bytes(answer));

      assertEquals(9, numbers.promptTokens(), answer);
      assertEquals(4, numbers.completionTokens(), answer);
    }
  }

  @Test
  void ofALongAnswerTheLastBytesCount() {
    byte[] end = Answers.of("chat.json");
    byte[] answer = new byte[FinalNumbers.TAIL_BYTES_MAX * 2 + end.length];
    Arrays.fill(answer, (byte) 'x');
    System.arraycopy(end, 0, answer, answer.length - end.length, end.length);
    assertEquals(9624499, read(Route.CHAT, false, answer).totalNanos());
  }

  @Test
  void aCutStreamHasNoNumbers() {
    for (String file : new String[] {"generate.ndjson", "chat.ndjson"}) {
      Route route = file.startsWith("chat") ? Route.CHAT : Route.GENERATE;
      byte[] answer = Answers.of(file);
      for (int length = 0; length < answer.length - 1; length++) {
        FinalNumbers found = read(route, true, Arrays.copyOf(answer, length));
        assertEquals(FinalNumbers.NONE, found, file + " up to " + length);
      }
    }
    String completions = new String(Answers.of("v1-completions.sse"), UTF_8);
    int last = completions.lastIndexOf("data: {");
    assertEquals(
        FinalNumbers.NONE, read(Route.V1_COMPLETIONS, true, bytes(completions.substring(0, last))));
    String messages = new String(Answers.of("v1-messages.sse"), UTF_8);
    assertEquals(
        FinalNumbers.NONE,
        read(
            Route.V1_MESSAGES,
            true,
            bytes(messages.substring(0, messages.indexOf("event: message_delta")))));
    assertEquals(
        FinalNumbers.NONE,
        read(Route.CHAT, true, bytes("{\"done\":false}\n{\"error\":\"model runner died\"}\n")));
  }

  @Test
  void whatAModelWritesIsNotTakenForNumbers() {
    String said =
        "{\"message\":{\"content\":\"\\\"total_duration\\\":1,\\\"eval_count\\\":2}\","
            + "\"tool_calls\":[{\"function\":{\"arguments\":{\"total_duration\":3}}}]},";
    assertEquals(FinalNumbers.NONE, ofChat(said + "\"done\":false}"));
    for (int from = 0; from < said.length() - 20; from++) {
      assertEquals(
          7, ofChat((said + "\"done\":true,\"total_duration\":7}").substring(from)).totalNanos());
      assertEquals(FinalNumbers.NONE, ofChat((said + "\"done\":false}").substring(from)));
    }
    assertEquals(
        FinalNumbers.NONE,
        read(
            Route.V1_CHAT,
            true,
            bytes(
                "data:"
                    + " {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{\\\"prompt_tokens\\\":4}\"}}]}")));
  }

  @Test
  void otherRoutesAndOtherBytesHaveNoNumbers() {
    byte[] answer = Answers.of("chat.json");
    assertEquals(FinalNumbers.NONE, read(Route.TAGS, false, answer));
    assertEquals(FinalNumbers.NONE, read(Route.V1_TRANSCRIPTIONS, false, answer));
    for (String other : new String[] {"", " \n", "x", "{", "}", "\"", "[1]", "{}", "data:"}) {
      for (Route route : Route.values()) {
        assertEquals(FinalNumbers.NONE, read(route, true, bytes(other)), other);
        assertEquals(FinalNumbers.NONE, read(route, false, bytes(other)), other);
      }
    }
  }

  private static FinalNumbers ofChat(String answer) {
    return read(Route.CHAT, false, bytes(answer));
  }

  private static FinalNumbers read(Route route, boolean streamed, byte[] answer) {
    return FinalNumbers.of(route, streamed, answer, answer.length);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Total, load, tokens and time of the prompt, tokens and time of the answer, reason. */
  private static String line(FinalNumbers numbers) {
    return numbers.totalNanos()
        + " "
        + numbers.loadNanos()
        + " "
        + numbers.prefill().tokens()
        + " "
        + numbers.prefill().nanos()
        + " "
        + numbers.decode().tokens()
        + " "
        + numbers.decode().nanos()
        + " "
        + numbers.doneReason();
  }
}
