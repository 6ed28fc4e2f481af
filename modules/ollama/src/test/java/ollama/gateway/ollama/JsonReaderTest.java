package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against another parser: which bytes are JSON, and what they say. */
final class JsonReaderTest {
  private static final ObjectMapper OTHER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

  private static final List<String> TEXTS =
      List.of(
          "{}",
          " { \"a\" : [ ] , \"b\" : { } }\r\n\t",
          "{\"a\": [1, -0, 0.5, 1e3, -12.25E-2, 10, 1E+2], \"b\": [true, false, null]}",
          "{\"é€😀\": \"é€😀\", \"\": \"\", \"a\": \"\\\"\\\\\\/\\b\\f\\n"
              + "\\r"
              + "\\t\\u00e9\\uD83D\\ude00\"}",
          "{\"a\": {\"b\": {\"c\": [[[{\"d\": \"e\"}, \"f\"]], \"g\"]}}, \"h\": \"\\u12aF\"}",
          "[\"longer than eight bytes, with \\\"quotes\\\" and é\", 1234567890123456789]",
          "-12.5e10",
          "\"alone\"",
          " true ");

  /** What stands in JSON, and what people write into it. */
  private static final String CHARACTERS =
      "{}[]:,\"\\ \n\t0123456789-+.eEutrfalsn/#'\u0000\u001f\u007f\ufeff\uff10x";

  @Test
  void whatIsJsonIsReadAsTheOtherParserReadsIt() throws Exception {
    for (String text : TEXTS) {
      assertTrue(agrees(text), text);
    }
  }

  @Test
  void agreesAboutTextsWithMistakes() throws Exception {
    Random random = new Random(1);
    int valid = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder(TEXTS.get(random.nextInt(TEXTS.size())));
      for (int mistakes = random.nextInt(1, 4); mistakes > 0; mistakes--) {
        spoil(text, random);
      }
      valid += agrees(text.toString()) ? 1 : 0;
    }
    assertTrue(valid > 10_000 && valid < 90_000, "one-sided: " + valid);
  }

  @Test
  void everyBeginningOfADocumentIsTruncatedAndNeverBroken() {
    for (String text : TEXTS) {
      byte[] bytes = text.strip().getBytes(UTF_8);
      for (int length = 0; length < bytes.length; length++) {
        String beginning = new String(bytes, 0, length, UTF_8);
        assertEquals(JsonReader.Token.TRUNCATED, last(bytes, length, false), beginning);
      }
    }
  }

  @Test
  void whatIsBrokenIsSoWhateverFollows() {
    for (String text : List.of("{\"a\" 1", "[1,]", "{,", "\"\\x", "tru ", "01", "[1 2", "\u0001")) {
      byte[] bytes = text.getBytes(UTF_8);
      assertEquals(JsonReader.Token.BROKEN, last(bytes, bytes.length, false), text);
    }
  }

  @Test
  void aBrokenOrTruncatedDocumentStaysSo() {
    for (String text : List.of("[1,]", "[1")) {
      JsonReader reader = reader(text);
      JsonReader.Token last = reader.next();
      while (!reader.isStopped()) {
        last = reader.next();
      }
      assertEquals(last, reader.next());
      assertEquals(last, reader.skipValue());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":"})
  void depthTakesNoStackAndHasTheLimitThatGoHas(String opening) {
    int max = JsonReader.DEPTH_MAX;
    String closing = opening.equals("[") ? "]" : "}";
    String inner = opening.equals("[") ? "" : "1";
    for (int depth : new int[] {63, 64, 65, 129, max, max + 1}) {
      String text = opening.repeat(depth) + inner + closing.repeat(depth);
      byte[] bytes = text.getBytes(UTF_8);
      assertEquals(
          depth > max ? JsonReader.Token.BROKEN : JsonReader.Token.END,
          last(bytes, bytes.length, true),
          "depth " + depth);
    }
    JsonReader reader = reader(opening.repeat(1_000_000));
    reader.next();
    assertEquals(JsonReader.Token.BROKEN, reader.skipValue());
  }

  @Test
  void bytesThatAreNotUtf8AreReadAsGoReadsThem() {
    byte[] bytes = {'"', 'a', (byte) 0xff, 'b', '"'};
    JsonReader reader = new JsonReader(bytes, 0, bytes.length, true);
    assertEquals(JsonReader.Token.STRING, reader.next());
    assertEquals("a\ufffdb", reader.text());
    assertEquals(JsonReader.Token.END, reader.next());
  }

  @ParameterizedTest
  @CsvSource({
    "model, true",
    "MODEL, true",
    "mOdel, true",
    "\\u006dodel, true",
    "\\u004dodel, true",
    "keep_alive, false",
    "mode, false",
    "modell, false",
    "modél, false",
    "'', false",
    "\\u006dodell, false",
    "\\u006dode, false",
    "mo\\u0064el\\u0000, false"
  })
  void aNameIsLikeAnotherInWhateverCaseAndForm(String name, boolean like) {
    assertEquals(like, name(name).isLike("model"), name);
  }

  @Test
  void aNameMayHaveTheTwoLettersThatFoldIntoAscii() {
    assertTrue(name("\u212aeep_alive").isLike("keep_alive"));
    assertTrue(name("me\u017f\u017fages").isLike("messages"));
    assertTrue(name("\\u017fTREAM").isLike("stream"));
    assertFalse(name("\u212aeep_alive").is("keep_alive"));
  }

  @Test
  void aNameIsLikeAnotherWhereItsTextIs() {
    List<String> pieces =
        List.of(
            "k", "K", "\u212a", "\\u212a", "\\u006b", "s", "S", "\u017f", "\\u017F", "\\u0053", "x",
            "\u0141", "\\n", "\\ud83d", "\u2122");
    Random random = new Random(2);
    int alike = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int left = random.nextInt(1, 4); left > 0; left--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      JsonReader name = name(text.toString());
      String folded = name.text().replace('\u017f', 's').toLowerCase(Locale.ROOT);
      assertEquals(folded.equals("ks"), name.isLike("ks"), text.toString());
      alike += folded.equals("ks") ? 1 : 0;
    }
    assertTrue(alike > 1_000, "only " + alike);
  }

  @Test
  void aTextIsExactlyAnotherInWhateverForm() {
    assertTrue(name("num_ctx").is("num_ctx"));
    assertTrue(name("num\\u005fctx").is("num_ctx"));
    assertFalse(name("NUM_CTX").is("num_ctx"));
    assertFalse(name("num_ctxx").is("num_ctx"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-7, -7",
    "4096.9, 4096",
    "4e3, 4000",
    "999999999999999999, 999999999999999999",
    "9223372036854775807, 9223372036854775807",
    "-9223372036854775808, -9223372036854775808",
    "9223372036854775808, 9223372036854775807",
    "-1e400, -9223372036854775808"
  })
  void anIntegerIsCutOffAndBounded(String number, long expected) {
    JsonReader reader = reader(number);
    assertEquals(JsonReader.Token.NUMBER, reader.next());
    assertEquals(expected, reader.integer());
  }

  @Test
  void skipsAValueFromItsNameOrItsFirstToken() {
    JsonReader reader = reader("{\"a\":{\"b\":[1,{}]},\"c\":[[2],3],\"d\":4}");
    reader.next();
    reader.next();
    assertEquals(JsonReader.Token.END_OBJECT, reader.skipValue());
    assertEquals(JsonReader.Token.NAME, reader.next());
    assertEquals(JsonReader.Token.BEGIN_ARRAY, reader.next());
    assertEquals(JsonReader.Token.END_ARRAY, reader.skipValue());
    assertEquals(JsonReader.Token.NAME, reader.next());
    assertEquals(JsonReader.Token.NUMBER, reader.skipValue());
    assertEquals(JsonReader.Token.END_OBJECT, reader.next());
    assertEquals(JsonReader.Token.END, reader.next());
  }

  private static JsonReader name(String name) {
    JsonReader reader = reader("{\"" + name + "\":");
    reader.next();
    assertEquals(JsonReader.Token.NAME, reader.next());
    return reader;
  }

  private static JsonReader reader(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new JsonReader(bytes, 0, bytes.length, true);
  }

  private static JsonReader.Token last(byte[] bytes, int length, boolean whole) {
    JsonReader reader = new JsonReader(bytes, 0, length, whole);
    while (!reader.isStopped()) {
      reader.next();
    }
    return reader.token();
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

  /** Returns whether the text is JSON. */
  private static boolean agrees(String text) throws Exception {
    byte[] bytes = text.getBytes(UTF_8);
    // What is half a pair became a question mark.
    String clean = new String(bytes, UTF_8);
    Optional<JsonNode> expected = otherwise(clean);
    JsonReader.Token last = last(bytes, bytes.length, true);
    assertEquals(expected.isPresent(), last == JsonReader.Token.END, clean);
    if (expected.isPresent()) {
      JsonReader reader = new JsonReader(bytes, 0, bytes.length, true);
      reader.next();
      assertSame(clean, expected.get(), reader);
    }
    return expected.isPresent();
  }

  private static Optional<JsonNode> otherwise(String text) {
    try {
      JsonNode tree = OTHER.readTree(text);
      return tree.isMissingNode() ? Optional.empty() : Optional.of(tree);
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private static void assertSame(String text, JsonNode expected, JsonReader reader) {
    switch (reader.token()) {
      case STRING -> assertEquals(replaced(expected.textValue()), reader.text(), text);
      case NUMBER -> {
        // The other parser knows no zero below zero.
        assertEquals(expected.doubleValue(), 0.0 + reader.number(), text);
        if (expected.isIntegralNumber() && expected.canConvertToLong()) {
          assertEquals(expected.longValue(), reader.integer(), text);
        }
      }
      case TRUE, FALSE ->
          assertEquals(expected.booleanValue(), reader.token() == JsonReader.Token.TRUE, text);
      case NULL -> assertTrue(expected.isNull(), text);
      case BEGIN_ARRAY -> {
        for (JsonNode item : expected) {
          reader.next();
          assertSame(text, item, reader);
        }
        assertEquals(JsonReader.Token.END_ARRAY, reader.next(), text);
      }
      case BEGIN_OBJECT -> assertSameMembers(text, expected, reader);
      default -> throw new AssertionError(reader.token() + " in " + text);
    }
  }

  /** Of a name that is there twice the other parser keeps the last value. */
  private static void assertSameMembers(String text, JsonNode expected, JsonReader reader) {
    Set<String> names = new HashSet<>();
    boolean twice = expected.size() < members(text, reader);
    while (reader.next() == JsonReader.Token.NAME) {
      String name = reader.text();
      names.add(name);
      reader.next();
      if (twice) {
        reader.skipValue();
      } else {
        assertSame(text, expected.required(name), reader);
      }
    }
    assertEquals(JsonReader.Token.END_OBJECT, reader.token(), text);
    assertEquals(expected.size(), names.size(), text);
  }

  private static int members(String text, JsonReader at) {
    byte[] bytes = text.getBytes(UTF_8);
    JsonReader reader = new JsonReader(bytes, at.tokenStart(), bytes.length, true);
    reader.next();
    int members = 0;
    while (reader.next() == JsonReader.Token.NAME) {
      members++;
      reader.skipValue();
    }
    return members;
  }

  /** A lone surrogate is text to the other parser, and none to Go. */
  private static String replaced(String text) {
    return new String(text.getBytes(UTF_16), UTF_16);
  }
}
