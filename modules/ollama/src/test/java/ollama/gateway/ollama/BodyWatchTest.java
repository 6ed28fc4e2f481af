package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import ollama.gateway.ollama.BodyWatch.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyWatchTest {

  private static final int BODIES = 20_000;
  private static final String[] NAMES = {
    "model",
    "Model",
    "mo\\u0064el",
    "modelx",
    "name",
    "tools",
    "tool\\u017f",
    "TOOL\u017f",
    "type",
    "ty\\u0070e",
    "messages",
    ""
  };
  private static final String[] TEXTS = {
    "llama3",
    "web_search",
    " \\t web_search_20250305",
    "web\\u005fsearch",
    "function",
    "a\\\"b\\\\",
    "{\\\"model\\\":\\\"x\\\",[",
    ""
  };

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      value = {
        "{'model':'a','prompt':'x'}                              | true  | NOTHING",
        "{'prompt':'x'}                                          | false | NOTHING",
        "{'model':'a','Model':'b'}                               | true  | SECOND_MODEL",
        "{'model':'a','mo\\u0064el':null}                        | true  | SECOND_MODEL",
        "{'model':null,'model':'b'}                              | true  | SECOND_MODEL",
        "{'model':['a']}                                         | false | NOTHING",
        "{'model':{'a':'b'},'x':'y'}                             | false | NOTHING",
        "{'options':{'model':'b'},'model':'a'}                   | true  | NOTHING",
        "{'model':'a','messages':[{'model':'b'},'model']}        | true  | NOTHING",
        "{'model':'a','prompt':'\\',\\'model\\':\\'b'}           | true  | NOTHING",
        "{'model':'a','prompt':'\\\\','model':'b'}               | true  | SECOND_MODEL",
        "{'model':'a'} {'model':'b'}                             | true  | NOTHING",
        "{'model':'a','tools':[{'type':'web_search'}]}           | true  | SEARCH",
        "{'model':'a','tools':[{'name':'x'},{'Type':' web_search_2'}]} | true | SEARCH",
        "{'tools':[{'x':[{}],'type':'web_search'}]}              | false | SEARCH",
        "{'tools':{'type':'web_search'}}                         | false | NOTHING",
        "{'tools':[['type','web_search']]}                       | false | NOTHING",
        "{'tools':[{'type':['web_search']}]}                     | false | NOTHING",
        "{'tools':[{'a':{'type':'web_search'}}]}                 | false | NOTHING",
        "{'messages':[{'type':'web_search'}]}                    | false | NOTHING",
      })
  void itFindsWhatThereIsWhereverTheBodyIsCut(String quoted, boolean hasModel, Finding finding) {
    String body = quoted.replace('\'', '"');
    for (int piece = 1; piece <= body.length(); piece++) {
      BodyWatch watch = watched(Route.V1_MESSAGES, true, body, piece);
      assertEquals(hasModel, watch.hasModel(), body);
      assertEquals(finding, watch.finding(), body);
    }
  }

  @Test
  void searchingMattersWhereTheServerDoesItAndTheCloudIsForbidden() {
    String body = "{\"model\":\"a\",\"tools\":[{\"type\":\"web_search\"}]}";
    assertEquals(Finding.SEARCH, watched(Route.V1_RESPONSES, true, body, 7).finding());
    assertEquals(Finding.NOTHING, watched(Route.V1_RESPONSES, false, body, 7).finding());
    assertEquals(Finding.NOTHING, watched(Route.CHAT, true, body, 7).finding());
  }

  @Test
  void aTypeThatIsTooLongToBeOneIsTakenForASearch() {
    String type = " ".repeat(1000) + "web_search";
    String body = "{\"model\":\"a\",\"tools\":[{\"type\":\"" + type + "\"}]}";
    assertEquals(Finding.SEARCH, watched(Route.V1_MESSAGES, true, body, 64).finding());
  }

  @Test
  void aLongNameOrModelIsPassedOver() {
    String body = "{\"" + "model".repeat(100) + "\":1,\"model\":\"" + "m".repeat(1000) + "\"}";
    BodyWatch watch = watched(Route.CHAT, true, body, 64);
    assertTrue(watch.hasModel());
    assertEquals(Finding.NOTHING, watch.finding());
  }

  /** What reads a whole body at once is the judge. */
  @Test
  void itFindsTheSameAsWhoReadsAllOfIt() {
    Random random = new Random(7);
    for (int i = 0; i < BODIES; i++) {
      StringBuilder out = new StringBuilder();
      object(random, 0, out);
      String body = out.toString();
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      ModelRequest request = ModelRequest.of(Route.V1_MESSAGES, bytes, bytes.length, true);
      assertTrue(request.isComplete(), body);

      BodyWatch watch = watched(Route.V1_MESSAGES, true, body, 1 + random.nextInt(40));

      boolean twice = watch.finding() == Finding.SECOND_MODEL;
      assertEquals(request.names().isAmbiguous(), twice, body);
      boolean searches = ModelRequest.usesCloud(Route.V1_MESSAGES, bytes, bytes.length);
      assertEquals(searches && !twice, watch.finding() == Finding.SEARCH, body);
    }
  }

  private static void object(Random random, int depth, StringBuilder out) {
    int members = random.nextInt(4);
    out.append('{');
    for (int i = 0; i < members; i++) {
      out.append(i == 0 ? "" : " ,\n");
      out.append('"').append(NAMES[random.nextInt(NAMES.length)]).append("\" :");
      value(random, depth + 1, out);
    }
    out.append('}');
  }

  private static void value(Random random, int depth, StringBuilder out) {
    switch (random.nextInt(depth < 5 ? 7 : 4)) {
      case 0 -> out.append("-1.5e3");
      case 1 -> out.append("null");
      case 2, 3 -> out.append('"').append(TEXTS[random.nextInt(TEXTS.length)]).append('"');
      case 4 -> object(random, depth, out);
      default -> {
        int elements = random.nextInt(3);
        out.append('[');
        for (int i = 0; i < elements; i++) {
          out.append(i == 0 ? "" : ",");
          value(random, depth + 1, out);
        }
        out.append(']');
      }
    }
  }

  private static BodyWatch watched(Route route, boolean isCloudForbidden, String body, int piece) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    BodyWatch watch = new BodyWatch(route, isCloudForbidden);
    for (int from = 0; from < bytes.length; from += piece) {
      watch.passes(ByteBuffer.wrap(bytes), from, Math.min(piece, bytes.length - from));
    }
    return watch;
  }
}
