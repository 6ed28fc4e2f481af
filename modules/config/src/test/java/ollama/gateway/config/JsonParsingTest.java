package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Held against another parser: which texts are JSON, what they say, and where it stands. */
final class JsonParsingTest {
  private static final ObjectMapper OTHER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

  private static final List<String> TEXTS =
      List.of(
          "{}",
          "\ufeff { \"a\" : [ ] , \"b\" : { } }\r\n\t",
          "{\"a\": [1, -0, 0.5, 1e3, -12.25E-2, 10, 1E+2], \"b\": [true, false, null]}",
          "{\"é€😀\": \"é€😀\", \"\": \"\", \"a\": \"\\\"\\\\\\/\\b\\f\\n"
              + "\\r"
              + "\\t\\u00e9\\uD83D\\ude00\"}",
          "{\"a\": {\"b\": {\"c\": [[[{\"d\": \"e\"}, \"f\"]], \"g\"]}}, \"h\": \"\\u12aF\"}");

  /** What stands in JSON, and what people write into it. */
  private static final String CHARACTERS =
      "{}[]:,\"\\ \n\t0123456789-+.eEutrfalsn/#'\u0000\u001f\u007f\ufeff\uff10x";

  @Test
  void whatIsJsonIsReadAsTheOtherParserReadsIt() throws Exception {
    for (String text : TEXTS) {
      assertAgree(text);
    }
  }

  @Test
  void agreesAboutTextsWithMistakes() throws Exception {
    Random random = new Random(1);
    int valid = 0;
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder(TEXTS.get(random.nextInt(TEXTS.size())));
      for (int mistakes = random.nextInt(1, 4); mistakes > 0; mistakes--) {
        spoil(text, random);
      }
      valid += assertAgree(text.toString()) ? 1 : 0;
    }
    assertTrue(valid > 5_000 && valid < 45_000, "one-sided: " + valid);
  }

  private static void spoil(StringBuilder text, Random random) {
    int at = random.nextInt(text.length() + 1);
    char other = CHARACTERS.charAt(random.nextInt(CHARACTERS.length()));
    switch (random.nextInt(4)) {
      case 0 -> text.insert(at, other);
      case 1 -> text.replace(at, Math.min(at + 1, text.length()), String.valueOf(other));
      case 2 -> text.delete(at, Math.min(at + random.nextInt(1, 4), text.length()));
      default -> text.insert(at, text.substring(at, Math.min(at + 3, text.length())));
    }
  }

  /** Returns whether the text is one object. */
  private static boolean assertAgree(String text) throws Exception {
    int start = text.startsWith("\ufeff") ? 1 : 0;
    Optional<JsonNode> expected = otherwise(text.substring(start)).filter(JsonNode::isObject);
    Json.Obj found;
    try {
      found = JsonParsing.parse("f", text, new HeapRoom());
    } catch (ConfigException e) {
      assertTrue(expected.isEmpty(), () -> e.getMessage() + ": " + text);
      return false;
    }
    assertTrue(expected.isPresent(), () -> "taken for JSON: " + text);
    assertSame(text, expected.get(), found);
    return true;
  }

  private static Optional<JsonNode> otherwise(String text) {
    try {
      return Optional.of(OTHER.readTree(text));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private static void assertSame(String text, JsonNode expected, Json found) throws Exception {
    assertEquals(expected, OTHER.readTree(text.substring(found.start(), found.end())), text);
    switch (found) {
      case Json.Text value -> assertEquals(expected.textValue(), value.value(), text);
      case Json.Num value ->
          assertEquals(text.substring(value.start(), value.end()), value.digits(), text);
      case Json.Flag value -> assertEquals(expected.booleanValue(), value.value(), text);
      case Json.Null _ -> assertTrue(expected.isNull(), text);
      case Json.Arr value -> {
        assertEquals(expected.size(), value.items().size(), text);
        for (int i = 0; i < expected.size(); i++) {
          assertSame(text, expected.get(i), value.items().get(i));
        }
      }
      case Json.Obj value -> assertSameMembers(text, expected, value.members());
    }
  }

  private static void assertSameMembers(String text, JsonNode expected, List<Json.Member> found)
      throws Exception {
    for (int i = 0; i < found.size(); i++) {
      Json.Member member = found.get(i);
      assertEquals('"', text.charAt(member.start()), text);
      // Of a name that is there twice, the other parser keeps the last.
      if (found.subList(i + 1, found.size()).stream()
          .noneMatch(later -> later.name().equals(member.name()))) {
        assertSame(text, expected.required(member.name()), member.value());
      }
    }
    for (Map.Entry<String, JsonNode> property : expected.properties()) {
      assertTrue(found.stream().anyMatch(m -> m.name().equals(property.getKey())), text);
    }
  }
}
