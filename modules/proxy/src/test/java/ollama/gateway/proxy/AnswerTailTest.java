package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import ollama.gateway.ollama.FinalNumbers;
import ollama.gateway.ollama.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of an answer, however it comes. */
class AnswerTailTest {

  private static final String NUMBERS =
      "\"done\":true,\"done_reason\":\"stop\",\"total_duration\":9000,\"load_duration\":1000,"
          + "\"prompt_eval_count\":7,\"prompt_eval_duration\":2000,\"eval_count\":5,"
          + "\"eval_duration\":3000}";

  private static final String TOKEN = "{\"model\":\"m\",\"response\":\"word\",\"done\":false}\n";

  private AnswerTail tail = new AnswerTail(Route.GENERATE, true);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 255, 256, 257, 1_000, 1_024, 1_025, 5_000, 1_000_000})
  void aStreamsNumbersAreFoundInWhateverPiecesItComes(int piece) {
    pass(TOKEN.repeat(200) + "{\"model\":\"m\",\"response\":\"\"," + NUMBERS + "\n", piece);

    check(tail.numbers(true));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 300, 1_024, 1_025, 100_000})
  void theNumbersOfALongAnswerAreFoundInItsEnd(int piece) {
    tail = new AnswerTail(Route.CHAT, false);
    String text = "word ".repeat(10_000);
    pass("{\"model\":\"m\",\"message\":{\"content\":\"" + text + "\"}," + NUMBERS, piece);

    check(tail.numbers(false));
  }

  @Test
  void theNumbersBehindALongContextAreFound() {
    String context = "1,".repeat(10_000) + "1";
    pass(TOKEN + "{\"response\":\"\",\"context\":[" + context + "]," + NUMBERS + "\n", 4_096);

    FinalNumbers numbers = tail.numbers(true);
    assertEquals(9_000, numbers.totalNanos());
    assertEquals(5, numbers.completionTokens());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 300, 8_192, 100_000})
  void theNumbersBeforeManyProbabilitiesAreFound(int piece) {
    tail = new AnswerTail(Route.GENERATE, false);
    String numbers = NUMBERS.substring(0, NUMBERS.length() - 1);
    String one = ",{\"token\":\"a\",\"logprob\":-0.25}";
    pass("{\"response\":\"word\"," + numbers + ",\"logprobs\":[{}" + one.repeat(900) + "]}", piece);

    check(tail.numbers(false));
  }

  @Test
  void theNumbersOfALastLineWithProbabilitiesAreFound() {
    String numbers = NUMBERS.substring(0, NUMBERS.length() - 1);
    String one = ",{\"token\":\"a\",\"logprob\":-0.25}";
    String last = "{\"response\":\"\"," + numbers + ",\"logprobs\":[{}" + one.repeat(60) + "]}\n";
    pass(TOKEN.repeat(20) + last, 500);

    check(tail.numbers(true));
  }

  @Test
  void anAnswerThatEndsWithATokenHasNone() {
    pass(TOKEN.repeat(3), 10);

    assertEquals(FinalNumbers.NONE, tail.numbers(true));
  }

  @Test
  void noAnswerHasNone() {
    assertEquals(FinalNumbers.NONE, tail.numbers(true));
  }

  private void pass(String answer, int piece) {
    byte[] bytes = answer.getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at < bytes.length; at += piece) {
      int count = Math.min(piece, bytes.length - at);
      // Somewhere in a larger buffer, as it does on its way.
      ByteBuffer buffer = ByteBuffer.allocateDirect(count + 20);
      buffer.put(6, bytes, at, count);
      tail.passes(buffer, 6, count);
    }
  }

  private static void check(FinalNumbers numbers) {
    assertEquals(9_000, numbers.totalNanos());
    assertEquals(1_000, numbers.loadNanos());
    assertEquals(7, numbers.promptTokens());
    assertEquals(2_000, numbers.prefill().nanos());
    assertEquals(5, numbers.completionTokens());
    assertEquals(3_000, numbers.decode().nanos());
  }
}
