package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelNameTest {

  @ParameterizedTest
  @CsvSource({
    "tiny, tiny:latest",
    "Tiny:Latest, tiny:latest",
    "' tiny\t', tiny:latest",
    "library/tiny, tiny:latest",
    "registry.ollama.ai/library/tiny, tiny:latest",
    "https://registry.ollama.ai/library/tiny:latest, tiny:latest",
    "me/tiny:7b, me/tiny:7b",
    "registry.ollama.ai/me/tiny:7b, me/tiny:7b",
    "hf.co/a-b/C.d-GGUF:Q4_K_M, hf.co/a-b/c.d-gguf:q4_k_m",
    "localhost:5000/library/tiny, localhost:5000/library/tiny:latest",
    "me/skill/tiny, me/skill/tiny:latest",
    "host.x/me/skill/tiny, host.x/me/skill/tiny:latest",
    "tiny:local, tiny:latest",
    "tiny:7b:local, tiny:7b",
    "gpt-oss:cloud, gpt-oss:cloud",
    "gpt-oss: CLOUD, gpt-oss:cloud",
    "gpt-oss:20b-cloud, gpt-oss:20b-cloud",
    "gpt-oss:20b:cloud, gpt-oss:20b-cloud"
  })
  void aNameHasOneFormWhateverWayItIsWritten(String text, String expected) {
    assertEquals(expected, ModelName.of(text).map(ModelName::toString).orElse(""));
    assertEquals(ModelName.of(expected), ModelName.of(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ":",
        "tiny:",
        ":latest",
        "/tiny",
        "me/",
        "a b",
        "-tiny",
        "tiny:-x",
        "me.x/tiny",
        "a/b/c/d",
        "tiny@sha256:00",
        "tiny:a:b",
        "t\u0131ny",
        "\u212aimi",
        "tiny*",
        "tiny:cloud:cloud",
        "tiny:7b-cloud:local",
        "../../tiny",
        "tiny:7b/x"
      })
  void whatIsNoNameIsEmpty(String text) {
    assertEquals(Optional.empty(), ModelName.of(text));
  }

  @Test
  void partsHaveTheLengthsThatOllamaAllows() {
    assertTrue(ModelName.of("m".repeat(80)).isPresent());
    assertTrue(ModelName.of("m".repeat(81)).isEmpty());
    assertTrue(ModelName.of("m:" + "t".repeat(81)).isEmpty());
    assertTrue(ModelName.of("h".repeat(350) + "/n/m").isPresent());
    assertTrue(ModelName.of("h".repeat(351) + "/n/m").isEmpty());
    assertTrue(ModelName.of("a/".repeat(100_000)).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "tiny, false",
    "tiny:cloud, true",
    "tiny:Cloud, true",
    "tiny:20b-cloud, true",
    "tiny:20b:CLOUD, true",
    "me/tiny:cloud, true",
    "tiny:cloudy, false",
    "tiny-cloud, false",
    "tiny:local, false"
  })
  void aNameTellsWhetherItRunsInTheCloud(String text, boolean cloud) {
    assertEquals(cloud, ModelName.of(text).orElseThrow().isCloud());
  }

  @Test
  void namesOfDifferentModelsDiffer() {
    assertNotEquals(ModelName.of("tiny"), ModelName.of("tiny:7b"));
    assertNotEquals(ModelName.of("tiny"), ModelName.of("me/tiny"));
    assertNotEquals(ModelName.of("me/tiny"), ModelName.of("hf.co/me/tiny"));
    assertNotEquals(ModelName.of("library/skill/tiny"), ModelName.of("library/tiny"));
  }

  @ParameterizedTest
  @CsvSource({
    "*, tiny, true",
    "*, hf.co/a/b:q4, true",
    "*, me/skill/tiny, true",
    "tiny, TINY, true",
    "tiny, tiny:7b, false",
    "tiny:*, tiny:7b, true",
    "tiny:*, tiny2:7b, false",
    "llama*, llama3:8b, true",
    "llama*, llama, true",
    "llama*, me/llama3, false",
    "llama*, hf.co/library/llama3, false",
    "Llama3*:8b, llama3.1:8b, true",
    "Llama3*:8b, llama3.1:70b, false",
    "*-embed, tiny-embed:latest, true",
    "*a*b*, xaxbx, true",
    "*a*b*, xbxax, false",
    "me/*, me/tiny:7b, true",
    "me/*, tiny, false",
    "me/*, me/skill/tiny, false",
    "hf.co/*/*, hf.co/a/b:q4, true",
    "hf.co/*/*, evil.co/a/b:q4, false",
    "*:cloud, gpt:cloud, true"
  })
  void aPatternFitsPartByPart(String pattern, String name, boolean fits) {
    assertEquals(
        fits,
        ModelPattern.of(pattern).orElseThrow().matches(ModelName.of(name).orElseThrow()),
        pattern);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b*", "hf.co/*", "**/a/b/c/d", "-*", "tiny:"})
  void whatNoNameCouldFitIsNoPattern(String pattern) {
    assertEquals(Optional.empty(), ModelPattern.of(pattern));
  }

  @Test
  void manyStarsTakeNoLongTime() {
    ModelPattern pattern = ModelPattern.of("*a".repeat(39) + "b").orElseThrow();
    ModelName name = ModelName.of("a".repeat(80)).orElseThrow();
    for (int i = 0; i < 1_000; i++) {
      assertEquals(false, pattern.matches(name));
    }
  }
}
