package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The setting {@code models}: names that stand for models. */
final class ModelAliasesTest {

  @Test
  void aNameStandsForModelsInTheirOrder() {
    Map<String, List<String>> models =
        config(of("\"gpt-4o\": [\"qwen3:32b\", \"Qwen3:8b\"], \"o\": [\"hf.co/Me/X:Q4\"]"))
            .models();

    assertEquals("{gpt-4o=[qwen3:32b, Qwen3:8b], o=[hf.co/Me/X:Q4]}", models.toString());
  }

  @Test
  void aModelMayStandForItselfAndForAnother() {
    assertEquals(
        Map.of("big", List.of("big", "small"), "fast", List.of("big:latest")),
        config(of("\"big\": [\"big\", \"small\"], \"fast\": [\"big:latest\"]")).models());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "→`a b`: [`x`] | models | a name that clients ask for is written as a model's",
        "→``: [`x`] | models | a name that clients ask for is written as a model's",
        "`a`: [`x`], →`A:latest`: [`y`] | models.A:latest | this name is there twice",
        "`a`: →`x` | models.a | expected a list, found a text: put [ ] around it",
        "`a`: →[] | models.a | expected 1 to 16 models, found 0",
        "`a`: [→`x y`] | models.a[0] | expected a model's name as ollama list shows it",
        "`a`: [`x`, →7] | models.a[1] | expected a text in double quotes, found a number",
        "`a`: [→`b`], `B`: [`x`] | models.a[0] | this name stands for other models itself",
      })
  void whatIsWrongIsSaidWhereItStands(String models, String path, String message) {
    assertProblem(of(models.replace('`', '"')), path, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "\"x\"", "7"})
  void somethingElseThanAnObjectIsRefused(String models) {
    assertProblem(
        "{\"ollamaAddresses\": [\"http://a:1\"], \"models\": →" + models + "}",
        "models",
        "expected an object such as {\"gpt-4o\": [\"qwen3:32b\"]}, found");
  }

  @Test
  void thereIsAMostOfNamesAndOfModels() {
    String names =
        IntStream.rangeClosed(0, ModelAliases.ALIASES_MAX)
            .mapToObj(i -> "\"a" + i + "\": [\"x\"]")
            .collect(Collectors.joining(","));
    assertProblem(
        "{\"ollamaAddresses\": [\"http://a:1\"], \"models\": →{" + names + "}}",
        "models",
        "expected at most 1000 names, found 1001");
    String models = "\"x\",".repeat(ModelAliases.MODELS_MAX) + "\"x\"";
    assertProblem(
        "{\"ollamaAddresses\": [\"http://a:1\"], \"models\": {\"a\": →[" + models + "]}}",
        "models.a",
        "expected 1 to 16 models, found 17");
  }

  @Test
  void settingsInTheMakingAreCheckedToo() {
    GatewayConfigDraft draft = config(of("")).draft();
    for (Map<String, List<String>> models :
        List.of(
            Map.of("a b", List.of("x")),
            Map.of("a", List.<String>of()),
            Map.of("a", List.of("x y")),
            Map.of("a", List.of("b"), "b", List.of("x")))) {
      assertThrows(IllegalArgumentException.class, draft.models(models)::build, models.toString());
    }
  }

  private static String of(String models) {
    return "{\"ollamaAddresses\": [\"http://a:1\"], \"models\": {" + models + "}}";
  }
}
