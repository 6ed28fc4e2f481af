package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersInPassingTest {

  private static final String BEFORE =
      "{\"model\":\"tiny\",\"response\":\"say \\\"total_duration\\\":7, and \\\\\",\"done\":true,"
          + "\"done_reason\":\"stop\",\"context\":[1,2],";
  private static final String NUMBERS =
      "\"total_duration\":100,\"load_duration\":1,\"prompt_eval_count\":4,"
          + "\"prompt_eval_duration\":3,\"eval_count\":60,\"eval_duration\":50";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "}",
        "}\n",
        ",\"logprobs\":[{\"token\":\"a\",\"logprob\":-0.1}]}",
        ",\"tool_calls\":[{\"function\":{\"arguments\":{\"total_duration\":9,\"eval_count\":1}}}]}",
        ",\"image\":\"abcXYZ/+=\"}",
        ",\"image\":\"abc\"}",
        ",\"_debug_info\":{}}"
      })
  void theyAreFoundWhateverFollows(String behind) {
    String answer = BEFORE + NUMBERS + behind;
    for (int piece = 1; piece <= answer.length(); piece++) {
      FinalNumbers numbers = seen(answer, piece);
      assertEquals(4, numbers.promptTokens(), answer);
      assertEquals(60, numbers.completionTokens(), answer);
      assertEquals(100, numbers.totalNanos(), answer);
    }
  }

  @Test
  void whatIsZeroIsLeftOutByTheServer() {
    FinalNumbers numbers = seen(BEFORE + "\"total_duration\":100,\"logprobs\":[]}", 7);
    assertEquals(100, numbers.totalNanos());
    assertEquals(FinalNumbers.ABSENT, numbers.completionTokens());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"response\":\"\\\"total_duration\\\":7\"}",
        "{\"response\":\"\\\\\\\"total_duration\\\":7\"}",
        "{\"done\":true,\"total_duration\":[]}",
        "{\"done\":true,\"total_duration\":\"",
      })
  void whatIsNoNumbersIsNone(String answer) {
    assertEquals(FinalNumbers.NONE, seen(answer, 3));
  }

  @Test
  void longNumbersWithoutAnEndAreBounded() {
    FinalNumbers numbers = seen(BEFORE + "\"total_duration\":" + "1".repeat(10_000), 100);
    assertEquals(FinalNumbers.NONE, numbers);
  }

  private static FinalNumbers seen(String answer, int piece) {
    NumbersInPassing passing = new NumbersInPassing();
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at < bytes.length; at += piece) {
      passing.passes(ByteBuffer.wrap(bytes), at, Math.min(piece, bytes.length - at));
    }
    return passing.numbers();
  }
}
