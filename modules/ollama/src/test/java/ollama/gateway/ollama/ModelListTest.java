package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelListTest {

  @Test
  void whatAServerHasIsReadInItsOrder() throws Exception {
    List<ModelList.Installed> models = ModelList.installed(Answers.of("tags.json"));
    assertEquals(
        List.of("slow:latest", "tiny:latest", "tiny-embed:latest"),
        models.stream().map(model -> model.name().toString()).toList());
    ModelList.Installed slow = models.getFirst();
    assertEquals("65d14188c02ce8c8baac29ca613dfe56764522b48817d5aadbed18ce26c2d928", slow.digest());
    assertEquals("2026-11-23T00:49:09.180471522Z", slow.modifiedAt());
    assertEquals(203_566_766, slow.size());
    assertTrue(slow.json().startsWith("{\"name\":\"slow:latest\",") && slow.json().endsWith("]}"));
  }

  @Test
  void whatAServerHasLoadedIsReadInItsOrder() throws Exception {
    List<ModelList.Loaded> models = ModelList.loaded(Answers.of("ps.json"));
    assertEquals(3, models.size());
    assertEquals(
        new ModelList.Loaded(
            ModelName.of("tiny").orElseThrow(),
            "2d94558f2580ba3895afbbceccc0129bef1ba1b76f784e85e9821d8305795fa6",
            4_096,
            "2026-11-23T00:54:12.048072791Z",
            19_503_512,
            0),
        models.get(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"models\":null}",
        "{\"models\":[]}",
        "{\"models\":[{}]}",
        "{\"models\":[{\"name\":\"a b\"}]}",
        "{\"models\":[{\"name\":null,\"digest\":{\"size\":[1]}}],\"other\":[1]}"
      })
  void whatIsMissingOrNoNameIsPassedOver(String answer) throws Exception {
    assertEquals(List.of(), ModelList.installed(answer.getBytes(UTF_8)));
    assertEquals(List.of(), ModelList.loaded(answer.getBytes(UTF_8)));
  }

  @Test
  void membersOfOtherKindsAreAsIfTheyWereNotThere() throws Exception {
    List<ModelList.Installed> models =
        ModelList.installed(
            "{\"models\":[{\"model\":\"a\",\"size\":\"7\",\"digest\":[[]],\"x\":{\"name\":\"y\"}}]}"
                .getBytes(UTF_8));
    assertEquals("a:latest", models.getFirst().name().toString());
    assertEquals(0, models.getFirst().size());
    assertEquals("", models.getFirst().digest());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"models\":[",
        "{\"models\":{}}",
        "{\"models\":[1]}",
        "{\"models\":[]}x",
        "{\"models\":[{\"name\":\"a\",}]}",
        "404 page not found"
      })
  void whatIsNoSuchAnswerIsRefusedWithItsPlace(String answer) {
    byte[] bytes = answer.getBytes(UTF_8);
    for (boolean tags : new boolean[] {true, false}) {
      MalformedAnswerException e =
          assertThrows(
              MalformedAnswerException.class,
              () -> {
                if (tags) {
                  ModelList.installed(bytes);
                } else {
                  ModelLists.mergePs(List.of(bytes));
                }
              });
      assertTrue(e.offset() <= bytes.length, e.toString());
      assertTrue(e.toString().contains("byte " + e.offset() + ": expected "), e.toString());
    }
  }

  @Test
  void everyBeginningOfAnAnswerIsRefused() {
    byte[] whole = Answers.of("tags.json");
    for (int length = 0; length < whole.length; length++) {
      byte[] beginning = Arrays.copyOf(whole, length);
      assertThrows(MalformedAnswerException.class, () -> ModelList.installed(beginning));
    }
  }

  @Test
  void listsWithTheSameEntriesMergeToTheNewestFirst() throws Exception {
    byte[] tags = Answers.of("tags.json");
    List<ModelList.Installed> merged =
        ModelList.installed(ModelLists.mergeTags(Collections.nCopies(3, tags), Map.of()));
    assertEquals(
        List.of("slow:latest", "tiny-embed:latest", "tiny:latest"),
        merged.stream().map(model -> model.name().toString()).toList());
    assertEquals(
        ModelList.installed(tags).stream().map(ModelList.Installed::json).sorted().toList(),
        merged.stream().map(ModelList.Installed::json).sorted().toList());
    byte[] v1 = Answers.of("v1-models.json");
    assertEquals(
        new String(v1, UTF_8).strip(),
        new String(ModelLists.mergeV1Models(List.of(v1), Map.of(), Map.of()), UTF_8));
    assertEquals("{\"models\":[]}", new String(ModelLists.mergePs(List.of()), UTF_8));
  }

  @Test
  void ofOneModelOnTwoServersTheNewestEntryStays() throws Exception {
    String old =
        "{\"models\":[{\"name\":\"tiny:latest\",\"digest\":\"d\",\"modified_at\":"
            + "\"2026-11-23T02:00:00+02:00\",\"of\":1}]}";
    String newer =
        "{\"models\":[{\"name\":\"b\",\"digest\":\"e\",\"modified_at\":\"no time\"},"
            + "{\"name\":\"Tiny\", \"digest\":\"d\",\"modified_at\":"
            + "\"2026-11-23T00:00:00.000000001Z\",\"of\":2}]}";
    String expected =
        "{\"models\":[{\"name\":\"Tiny\", \"digest\":\"d\",\"modified_at\":"
            + "\"2026-11-23T00:00:00.000000001Z\",\"of\":2},"
            + "{\"name\":\"b\",\"digest\":\"e\",\"modified_at\":\"no time\"}]}";
    assertEquals(expected, merged(old, newer));
    assertEquals(expected, merged(newer, old));
  }

  @Test
  void oneNameWithTwoDigestsStaysTwo() throws Exception {
    assertEquals(
        "{\"models\":[{\"name\":\"a\",\"digest\":\"1\"},{\"name\":\"a\",\"digest\":\"2\"}]}",
        merged(
            "{\"models\":[{\"name\":\"a\",\"digest\":\"1\"}]}",
            "{\"models\":[{\"name\":\"a\",\"digest\":\"2\"}]}"));
  }

  @Test
  void ofOneIdOnTwoServersTheNewestEntryStays() throws Exception {
    byte[] merged =
        ModelLists.mergeV1Models(
            List.of(
                "{\"data\":[{\"id\":\"a\",\"created\":1},{\"id\":\"b\",\"created\":9}]}"
                    .getBytes(UTF_8),
                "{\"data\":[{\"id\":\"A:latest\",\"created\":2,\"x\":[1.50]}]}".getBytes(UTF_8)),
            Map.of("b:latest", 4096),
            Map.of());
    assertEquals(
        "{\"object\":\"list\",\"data\":[{\"id\":\"b\",\"created\":9,\"context_length\":4096},"
            + "{\"id\":\"A:latest\",\"created\":2,\"x\":[1.50]}]}",
        new String(merged, UTF_8));
  }

  @Test
  void aNameHasTheEntryOfTheFirstModelBehindItThatIsThere() throws Exception {
    byte[] tags =
        ("{\"models\":[{\"name\":\"b:latest\",\"model\":\"b:latest\",\"digest\":\"1\",\"x\":{\"name\":\"b\"}},"
             + "{\"name\":\"hidden\",\"digest\":\"2\"}]}")
            .getBytes(UTF_8);
    Map<String, List<String>> aliases =
        Map.of("gpt", List.of("a", "B"), "none", List.of("c"), "Hidden", List.of("b"));

    String merged = new String(ModelLists.mergeTags(List.of(tags), aliases), UTF_8);

    assertTrue(
        merged.startsWith("{\"models\":[{\"name\":\"b:latest\",\"model\":\"b:latest\",\"digest\""),
        merged);
    assertTrue(
        merged.contains(
            "{\"name\":\"gpt\",\"model\":\"gpt\",\"digest\":\"1\",\"x\":{\"name\":\"b\"}}"),
        merged);
    assertTrue(merged.contains("{\"name\":\"Hidden\",\"model\":\"Hidden\""), merged);
    assertFalse(merged.contains("\"hidden\""), merged);
    assertFalse(merged.contains("none"), merged);
  }

  @Test
  void aNameHasTheContextOfItsModel() throws Exception {
    byte[] v1 = "{\"data\":[{\"id\":\"b\",\"created\":1}]}".getBytes(UTF_8);

    byte[] merged =
        ModelLists.mergeV1Models(List.of(v1), Map.of("b:latest", 7), Map.of("gpt", List.of("b")));

    assertEquals(
        "{\"object\":\"list\",\"data\":[{\"id\":\"b\",\"created\":1,\"context_length\":7},"
            + "{\"id\":\"gpt\",\"created\":1,\"context_length\":7}]}",
        new String(merged, UTF_8));
  }

  private static String merged(String one, String other) throws Exception {
    return new String(
        ModelLists.mergeTags(List.of(one.getBytes(UTF_8), other.getBytes(UTF_8)), Map.of()), UTF_8);
  }

  @Test
  void aListWithoutSomeModelsHasTheOthersAsTheyWere() throws Exception {
    byte[] tags = "{\"models\":[{\"name\":\"a\"},{\"name\":\"b\",\"x\":1.50},{}]}".getBytes(UTF_8);
    byte[] v1 = "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}".getBytes(UTF_8);

    assertEquals(
        "{\"models\":[{\"name\":\"b\",\"x\":1.50}]}",
        new String(ModelLists.only(tags, "b"::equals), UTF_8));
    assertEquals(
        "{\"object\":\"list\",\"data\":[{\"id\":\"b\"}]}",
        new String(ModelLists.onlyV1Models(v1, "b"::equals), UTF_8));
    assertThrows(
        MalformedAnswerException.class, () -> ModelLists.only("[]".getBytes(UTF_8), "b"::equals));
  }
}
