package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PromptTest {
  private static final String SYSTEM = "{\"role\":\"system\",\"content\":\"be brief\"}";
  private static final String USER = "{\"role\":\"user\",\"content\":\"h\\u00e9, \\\"you\\\"\"}";
  private static final String ANSWER = "{\"role\":\"assistant\",\"content\":\"yes?\"}";
  private static final String MORE = "{\"role\":\"user\",\"content\":\"more\"}";

  @ParameterizedTest
  @CsvSource({
    "CHAT, messages",
    "V1_CHAT, messages",
    "V1_MESSAGES, messages",
    "V1_RESPONSES, input"
  })
  void aConversationsNextTurnHasTheEarlierTurnsLinksAndMore(Route route, String member) {
    PromptChain first = chain(route, body(member, SYSTEM, USER));
    PromptChain next = chain(route, body(member, SYSTEM, USER, ANSWER, MORE));
    assertEquals(2, first.links());
    assertEquals(4, next.links());
    assertEquals(2, first.common(next));
    assertEquals(2, next.common(first));
    assertEquals(SYSTEM.length(), tokens(first.bytes(0), SYSTEM));
    assertEquals(first.bytes(1), next.bytes(1));
    assertTrue(next.bytes(3) > next.bytes(2) && next.bytes(2) > next.bytes(1));
  }

  @Test
  void anotherMessageChangesItsLinkAndAllBehindIt() {
    PromptChain one = chain(Route.CHAT, body("messages", SYSTEM, USER, ANSWER));
    assertEquals(1, one.common(chain(Route.CHAT, body("messages", SYSTEM, MORE, ANSWER))));
    assertEquals(0, one.common(chain(Route.CHAT, body("messages", USER, SYSTEM, ANSWER))));
    assertEquals(
        0,
        chain(Route.CHAT, body("messages", "{\"a\":\"b\"}"))
            .common(chain(Route.CHAT, body("messages", "[\"a\",\"b\"]"))));
  }

  @Test
  void whiteSpaceBetweenTokensChangesNothing() {
    String spaced = body("messages", SYSTEM, USER).replace(",", " ,\n\t").replace(":", " : ");
    // Not the spaces within texts, of which these have none beside a comma.
    String same = spaced.replace("h\\u00e9 ,\n\t", "h\\u00e9,");
    assertEquals(
        read(Route.CHAT, body("messages", SYSTEM, USER)).prompt(), read(Route.CHAT, same).prompt());
  }

  @Test
  void whatStandsBeforeAllMessagesIsFirstWhereverItStands() {
    String turns = "\"messages\":[" + USER + "]";
    String system = "\"system\":[{\"type\":\"text\",\"text\":\"be brief\"}]";
    PromptChain before = chain(Route.V1_MESSAGES, "{" + system + "," + turns + "}");
    assertEquals(2, before.links());
    assertEquals(before, chain(Route.V1_MESSAGES, "{" + turns + "," + system + "}"));
    assertEquals(0, before.common(chain(Route.V1_MESSAGES, "{" + turns + "}")));
    assertEquals(1, chain(Route.CHAT, "{" + system + "," + turns + "}").links());
    assertEquals(
        2, chain(Route.V1_RESPONSES, "{\"instructions\":\"be brief\",\"input\":\"hi\"}").links());
  }

  @Test
  void toolsArePartOfTheFirstLink() {
    String turns = "\"messages\":[" + USER + "]";
    PromptChain with = chain(Route.CHAT, "{" + turns + ",\"tools\":[{\"type\":\"function\"}]}");
    assertEquals(1, with.links());
    assertEquals(0, with.common(chain(Route.CHAT, "{" + turns + "}")));
    assertEquals(
        chain(Route.CHAT, "{" + turns + "}"), chain(Route.CHAT, "{" + turns + ",\"tools\":[]}"));
  }

  @Test
  void marksOfWhatToCacheMoveFromTurnToTurnAndChangeNothing() {
    String marked = USER.replace("}", ",\"cache_control\":{\"type\":\"ephemeral\"}}");
    assertEquals(
        chain(Route.V1_MESSAGES, body("messages", USER)),
        chain(Route.V1_MESSAGES, body("messages", marked)));
  }

  @Test
  void picturesCountForTheChainAndNotForTheSize() {
    String picture = "A".repeat(10_000);
    for (String form :
        new String[] {
          "{\"role\":\"user\",\"images\":[\"%\"]}",
          "{\"role\":\"user\",\"content\":[{\"source\":{\"data\":\"%\"}}]}",
          "{\"role\":\"user\",\"content\":[{\"image_url\":{\"url\":\"data:image/png;base64,%\"}}]}"
        }) {
      Prompt one = read(Route.CHAT, body("messages", form.replace("%", picture))).prompt();
      Prompt other = read(Route.CHAT, body("messages", form.replace("%", picture + "B"))).prompt();
      assertTrue(one.bytes() < 200, form);
      assertNotEquals(one.chain(), other.chain());
    }
    String url = "{\"role\":\"user\",\"data\":{\"text\":1},\"content\":\"" + picture + "\"}";
    assertTrue(read(Route.CHAT, body("messages", url)).prompt().bytes() > 10_000);
  }

  @Test
  void aTextCountsForTheSizeWhateverItBeginsWith() {
    String text = "\"data:" + "A".repeat(10_000) + "\"";
    for (String form :
        new String[] {
          "{\"role\":\"user\",\"content\":%}",
          "{\"role\":\"user\",\"Content\":%}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":%}]}"
        }) {
      String body = body("messages", form.replace("%", text));
      assertTrue(read(Route.V1_CHAT, body).prompt().bytes() > 10_000, form);
    }
    String input = "{\"model\":\"m\",\"input\":" + text + "}";
    assertTrue(read(Route.V1_RESPONSES, input).prompt().bytes() > 10_000);
  }

  @ParameterizedTest
  @CsvSource({"GENERATE", "V1_COMPLETIONS"})
  void aPromptWithoutMessagesHasALinkForEachBlock(Route route) {
    String text = "x".repeat(PromptChain.BLOCK_BYTES * 2) + "rest";
    PromptChain chain = chain(route, "{\"prompt\":\"" + text + "\"}");
    assertEquals(2, chain.links());
    assertEquals(2 * PromptChain.BLOCK_BYTES, chain.bytes(1));
    PromptChain longer = chain(route, "{\"prompt\":\"" + text + "y".repeat(1_024) + "\"}");
    assertEquals(2, chain.common(longer));
    assertEquals(3, longer.links());
    byte[] body = ("{\"prompt\":\"" + text).getBytes(UTF_8);
    assertEquals(chain, ModelRequest.of(route, body, body.length, false).prompt().chain());
    assertEquals(text.length(), ModelRequest.of(route, body, body.length, false).prompt().bytes());
  }

  @Test
  void theFirstLinksAreKeptAndAllBytesCount() {
    String[] messages = new String[PromptChain.LINKS_MAX + 100];
    Arrays.fill(messages, MORE);
    Prompt prompt = read(Route.CHAT, body("messages", messages)).prompt();
    assertEquals(PromptChain.LINKS_MAX, prompt.chain().links());
    assertTrue(prompt.bytes() > prompt.chain().bytes(PromptChain.LINKS_MAX - 1));
    assertEquals(
        PromptChain.LINKS_MAX,
        chain(Route.V1_MESSAGES, "{\"system\":\"s\"," + body("messages", messages).substring(1))
            .links());
  }

  @Test
  void everyBeginningHasTheLinksThatAreWhole() {
    byte[] body = body("messages", SYSTEM, USER, ANSWER).getBytes(UTF_8);
    PromptChain whole = chain(Route.CHAT, new String(body, UTF_8));
    int before = 0;
    long bytesBefore = 0;
    for (int length = 0; length < body.length; length++) {
      Prompt prompt = ModelRequest.of(Route.CHAT, body, length, false).prompt();
      assertEquals(prompt.chain().links(), whole.common(prompt.chain()));
      assertTrue(prompt.chain().links() >= before && prompt.bytes() >= bytesBefore, "at " + length);
      before = prompt.chain().links();
      bytesBefore = prompt.bytes();
    }
    assertEquals(3, before);
  }

  @Test
  void ofTwoListsOfMessagesTheLastCounts() {
    String twice = "{\"messages\":[" + SYSTEM + "," + USER + "],\"Messages\":[" + MORE + "]}";
    assertEquals(
        read(Route.CHAT, body("messages", MORE)).prompt(), read(Route.CHAT, twice).prompt());
  }

  @Test
  void aTokenIsAboutFourBytes() {
    assertEquals(2, new Prompt(false, 11, PromptChain.EMPTY).tokens());
    assertEquals(5, read(Route.EMBED, "{\"input\":\"" + "x".repeat(18) + "\"}").prompt().tokens());
    assertEquals(Prompt.NONE, read(Route.EMBED, "{\"input\":null}").prompt());
  }

  /** What a size counts of a message: all but the signs between its tokens. */
  private static long tokens(long bytes, String message) {
    return bytes + message.chars().filter(c -> c == ':').count() + 1;
  }

  private static String body(String member, String... messages) {
    return "{\"model\":\"a\",\"" + member + "\":[" + String.join(",", messages) + "]}";
  }

  private static PromptChain chain(Route route, String body) {
    return read(route, body).prompt().chain();
  }

  private static ModelRequest read(Route route, String body) {
    byte[] bytes = body.getBytes(UTF_8);
    return ModelRequest.of(route, bytes, bytes.length, true);
  }
}
