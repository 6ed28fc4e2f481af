package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a stream of events whose usage nobody but the gateway asked for. */
class UsageEraserTest {

  private static final String TOKEN =
      "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" a\"}}]}\n\n";
  private static final String LAST =
      "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"total_tokens\":8}}\n\n";
  private static final String DONE = "data: [DONE]\n\n";

  private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
  private final UsageEraser eraser = new UsageEraser();

  @ParameterizedTest
  @ValueSource(strings = {"v1-chat-usage.sse", "v1-completions.sse"})
  void aRealStreamCutAtEveryByteLosesItsUsageAndNothingElse(String file) {
    byte[] answer = Answers.of(file);
    String expected = unasked(new String(answer, UTF_8));
    assertFalse(expected.contains("usage"), expected);
    for (int cut = 0; cut <= answer.length; cut++) {
      assertEquals(expected, erased(answer, cut), "cut at " + cut);
    }
    assertEquals(expected, erasedBytewise(answer));
  }

  /** By looking at the text: what this server sends unasked, as a capture of the same shows. */
  private static String unasked(String asked) {
    StringBuilder unasked = new StringBuilder();
    for (String event : asked.split("(?<=\n\n)", -1)) {
      if (!event.contains("\"choices\":[]")) {
        unasked.append(event.replaceAll(",\"usage\":\\{[^}]*}", ""));
      }
    }
    return unasked.toString();
  }

  @Test
  void anEventGoesOnOnceItIsWholeAndNotOnlyWithTheNext() {
    put(TOKEN);
    assertEquals(TOKEN, passed.toString(UTF_8));
    put(LAST.substring(0, 30));
    assertEquals(TOKEN, passed.toString(UTF_8));
    put(LAST.substring(30));
    put(DONE);
    assertEquals(TOKEN + DONE, passed.toString(UTF_8));
    eraser.end(this::pass);
    assertEquals(TOKEN + DONE, passed.toString(UTF_8));
  }

  @Test
  void eventsThatCameTogetherGoTogether() {
    List<Integer> passes = new ArrayList<>();
    ByteBuffer room = eraser.room();
    room.put((TOKEN + TOKEN).getBytes(UTF_8));
    eraser.pass((_, _, count) -> passes.add(count));
    assertEquals(List.of(2 * TOKEN.length()), passes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"usage\":{\"a\":1},\"choices\":[{}]}|{\"choices\":[{}]}",
        "{\"usage\":null , \"choices\":[{}]}|{ \"choices\":[{}]}",
        "{\"choices\":[{}],\"usage\":null}|{\"choices\":[{}]}",
        "{\"choices\":[{}] , \"usage\" : {\"a\":[1,{}]} ,\"x\":1}|{\"choices\":[{}] ,\"x\":1}",
        "{\"usage\":{\"a\":1}}|{}",
        "{\"choices\":[{\"usage\":{\"a\":1}}]}|{\"choices\":[{\"usage\":{\"a\":1}}]}",
        "{\"choices\":[{\"text\":\"\\\"usage\\\":{}\"}]}|{\"choices\":[{\"text\":\"\\\"usage\\\":{}\"}]}",
        "{\"choices\":[ ] ,\"x\":1}|{\"choices\":[ ] ,\"x\":1}",
        "{\"choices\":[{}],\"usage\":{|{\"choices\":[{}],\"usage\":{",
        "[\"usage\"]|[\"usage\"]",
        "\"usage\"|\"usage\""
      })
  void theMemberAloneIsCut(String data, String expected) {
    put("data: " + data + "\n\n");
    assertEquals("data: " + expected + "\n\n", passed.toString(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"choices\":[ ],\"usage\":{}}", "{\"usage\":{},\"choices\":[]}"})
  void anEventWithoutAChoiceGoes(String data) {
    put("data: " + data + "\r\n\r\n");
    put("data:" + data + "\n\n");
    assertEquals("", passed.toString(UTF_8));
  }

  @Test
  void whatIsNoDataStays() {
    String other = ": \"usage\"\n\nevent: \"usage\"\ndata: {\"usage\":1}\n\n\n\n";
    put(other);
    assertEquals(other, passed.toString(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 4096, 1_000_000})
  void anEventThatIsTooLongToBeHeldGoesOnAsItComes(int piece) {
    String text = "x".repeat(3 * UsageEraser.HELD_BYTES_MAX);
    String longOne = "data: {\"choices\":[{\"text\":\"" + text + "\"}],\"usage\":{}}\n\n";
    String all = longOne + TOKEN + LAST + longOne + DONE;
    for (int at = 0; at < all.length(); at += piece) {
      put(all.substring(at, Math.min(all.length(), at + piece)));
      int behind = Math.min(all.length(), at + piece) - passed.size();
      assertTrue(behind <= UsageEraser.HELD_BYTES_MAX + piece + LAST.length(), "held: " + behind);
    }
    eraser.end(this::pass);
    assertEquals(longOne + TOKEN + longOne + DONE, passed.toString(UTF_8));
  }

  @Test
  void whatIsLeftAtTheEndGoesOn() {
    put(TOKEN + "data: {\"x\":");
    assertEquals(TOKEN, passed.toString(UTF_8));
    eraser.end(this::pass);
    assertEquals(TOKEN + "data: {\"x\":", passed.toString(UTF_8));
  }

  @Test
  void aLastEventWithoutAnEmptyLineIsLookedAtToo() {
    put(TOKEN + LAST.strip());
    eraser.end(this::pass);
    assertEquals(TOKEN, passed.toString(UTF_8));
  }

  private void put(String text) {
    put(text.getBytes(UTF_8), 0, text.length());
  }

  private void put(byte[] bytes, int from, int to) {
    for (int at = from; at < to; ) {
      ByteBuffer room = eraser.room();
      int count = Math.min(room.remaining(), to - at);
      room.put(bytes, at, count);
      at += count;
      eraser.pass(this::pass);
    }
  }

  private void pass(byte[] bytes, int from, int count) {
    passed.write(bytes, from, count);
  }

  private static String erased(byte[] answer, int cut) {
    UsageEraserTest test = new UsageEraserTest();
    test.put(answer, 0, cut);
    test.put(answer, cut, answer.length);
    test.eraser.end(test::pass);
    return test.passed.toString(UTF_8);
  }

  private static String erasedBytewise(byte[] answer) {
    UsageEraserTest test = new UsageEraserTest();
    for (int at = 0; at < answer.length; at++) {
      test.put(answer, at, at + 1);
    }
    test.eraser.end(test::pass);
    return test.passed.toString(UTF_8);
  }
}
