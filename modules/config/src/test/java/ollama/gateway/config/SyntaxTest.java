package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SyntaxTest {

  @Test
  void saysInASentenceWhatIsWrongAndWhere() {
    syntax("{\"a\": 1,\n→}", "remove the one before this }");
    syntax("{\"a\": [1,→], \"b\": 2}", "remove the one before this ]");
    syntax("{\"a\": →}", "a value is missing before this }");
    syntax("{\"a\": [1, 2→}", "this } doesn't fit");
    syntax("{\"a\": 1→]", "this ] doesn't fit");
    syntax("{→'a': 1}", "plain double quotes");
    syntax("{→“a”: 1}", "plain double quotes");
    syntax("{\"a\": 1 →\"b\": 2}", "a comma is missing before this");
    syntax("{\"a\" →\"b\"}", "or a colon");
    syntax("{\"a\": 1\n  →// comment\n}", "JSON has no comments");
    syntax("{\"a\": 1, →# comment\n}", "JSON has no comments");
    syntax("{\"a\": \"x→\ny\"}", "is the closing quote missing?");
    syntax("{\"a\": \"x→\ty\"}", "a tab in it is written \\t");
    syntax("{\"a\": \"C:\\→q\"}", "write \\\\ for a backslash");
    syntax("{\"a\": \"\\u12→g4\"}", "four hexadecimal digits");
    syntax("{\"a\": \"\\\\→\n\"}", "is the closing quote missing?");
    syntax("{\"a\": 1 →2}", "a comma, a colon or a quote missing");
    syntax("{\"a\": -→}", "doesn't fit");
    syntax("{\"a\": 1.→e5}", "doesn't belong here");
    syntax("{\"a\": true→x}", "doesn't belong here");
    syntax("{→a: 1}", "expected a name in double quotes");
    syntax("{\"a\": →yes}", "expected a text or name in double quotes, a number, true, false");
    syntax("{\"a\": →nul}", "expected a text or name in double quotes");
    syntax("{\"a\": 0→1}", "a number doesn't start with 0");
    syntax("{\"a\": →+1}", "has no +");
    syntax("{\"a\": 1→; \"b\": 2}", "expected a comma");
    syntax("{\"a\"→= 1}", "a colon after a name");
    syntax("{\"a\": 1→x}", "doesn't belong here");
    syntax("{\"a\": 1,→, \"b\": 2}", "remove the comma");
    syntax("{\"a\": 1→", "the file ends too early");
    syntax("{\"a\": \"x→", "the file ends too early");
    syntax("{\"a\": 1} →]", "");
    syntax("{\"a\": 1} →x", "doesn't belong here");
  }

  @Test
  void theFileIsOneObject() {
    syntax("→", "expected one object and nothing else");
    syntax("\n→", "expected one object");
    syntax("→[]", "expected one object");
    syntax("→\"x\"", "expected one object");
    syntax("{}\n→{}", "expected one object");
    syntax("{} →1", "expected one object");
  }

  @Test
  void depthAndLengthAreBounded() {
    assertTooMuch("{\"a\": " + "[".repeat(40) + "]".repeat(40) + "}");
    assertTooMuch("{\"a\": \"" + "x".repeat(70_000) + "\"}");
    assertTooMuch("{\"a\": " + "1".repeat(101) + "}");
    assertTooMuch("{\"" + "x".repeat(70_000) + "\": 1}");
    assertTooMuch("{\"a\": " + "[".repeat(1_000_000));
  }

  @Test
  void aSyntaxErrorIsTheOnlyProblemAndNeverShowsTheSource() {
    for (String json :
        List.of(
            "{\"apiKeys\": [hunter2]}",
            "{\"apiKeys\": [\"hunter2]}",
            "{\"apiKeys\": ['hunter2']}",
            "{\"apiKeys\": [\"\\hunter2\"]}",
            "{\"apiKeys\": \"hunter2\" \"hunter2\"}",
            "hunter2")) {
      ConfigException e = refused(json);

      assertEquals(1, e.problems().size());
      assertFalse(e.getMessage().contains("unter2"), e.getMessage());
    }
  }

  private static void assertTooMuch(String json) {
    ConfigException e = refused(json);
    assertTrue(e.getMessage().contains("too much for a settings file"), e.getMessage());
    assertEquals(1, e.problems().getFirst().line());
  }

  private static void syntax(String markedJson, String messagePart) {
    assertProblem(markedJson, "", messagePart);
  }
}
