package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import ollama.gateway.config.ConfigWriter.Written;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes to keys that are there, in files of any style. */
final class ApiKeyListTest {
  private static final Map<String, String> ENVIRONMENT = Map.of("B", "key b", "WHO", "who");
  private static final String NEW = digest("another key");

  /** What a text in the file becomes when it must be an object. */
  private static final String ALL =
      "\"endpoints\": [\"inference\", \"read\", \"manage\", \"account\", \"cloud\"]";

  private final ConfigWriter writer = new ConfigWriter();
  private final ConfigLoader loader = new ConfigLoader(ENVIRONMENT);

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("config.json");
  }

  /** {@code A} stands for an entry of that name; {@code A!} is disabled. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[A]              | a | []",
        "[ A ]            | a | [ ]",
        "[A, B]           | a | [B]",
        "[A, B]           | b | [A]",
        "[A,B,C]          | a | [B,C]",
        "[A,B,C]          | b | [A,C]",
        "[A,B,C]          | c | [A,B]",
        "[ A , B , C ]    | b | [ A , C ]",
        "[\\n  A,\\n  B\\n]   | a | [\\n  B\\n]",
        "[\\n  A,\\n  B\\n]   | b | [\\n  A\\n]",
        "[\\n  A\\n]         | a | [\\n]",
        "[\\r\\n\\tA,\\r\\n\\tB,\\r\\n\\tC\\r\\n] | b | [\\r\\n\\tA,\\r\\n\\tC\\r\\n]",
        "[\\r\\n\\tA,\\r\\n\\tB,\\r\\n\\tC\\r\\n] | a | [\\r\\n\\tB,\\r\\n\\tC\\r\\n]",
      })
  void whatIsTakenAwayLeavesNothingBehind(String before, String name, String after)
      throws Exception {
    assertChanged(list(before), keys -> keys.remove(List.of(named(keys, name))), list(after));
  }

  @Test
  void severalAreTakenAwayAtOnce() throws Exception {
    for (String[] beforeAndAfter :
        new String[][] {
          {"[A, B, C]", "[C]", "a", "b"},
          {"[A, B, C]", "[B]", "a", "c"},
          {"[A, B, C]", "[A]", "b", "c"},
          {"[A,\n B,\n C\n]", "[\n]", "c", "b", "a"},
        }) {
      List<String> names = List.of(beforeAndAfter).subList(2, beforeAndAfter.length);
      assertChanged(
          list(beforeAndAfter[0]),
          keys -> keys.remove(names.stream().map(name -> named(keys, name)).toList()),
          list(beforeAndAfter[1]));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{N, S}                           | {N, S, \"disabled\": true}",
        "{N,S}                            | {N,S, \"disabled\": true}",
        "{ N, S }                         | { N, S, \"disabled\": true }",
        "{\\n  N,\\n  S\\n}                   | {\\n  N,\\n  S,\\n  \"disabled\": true\\n}",
        "{\\r"
            + "\\n"
            + "\\tN,\\r"
            + "\\n"
            + "\\tS\\r"
            + "\\n"
            + "}           | {\\r"
            + "\\n"
            + "\\tN,\\r"
            + "\\n"
            + "\\tS,\\r"
            + "\\n"
            + "\\t\"disabled\": true\\r"
            + "\\n"
            + "}",
        "{\"Disabled\" : false,N,S}       | {\"Disabled\" : true,N,S}",
        "{N, \"disabled\":null, S}        | {N, \"disabled\":true, S}",
        "{N, S, \"models\": [\"\\u002a\"]}     | {N, S, \"models\": [\"\\u002a\"], \"disabled\":"
            + " true}",
      })
  void aKeyIsDisabledInTheStyleOfItsEntry(String before, String after) throws Exception {
    assertChanged(
        "[\"k1\", " + entry(before) + ", \"${B}\"]",
        keys -> keys.disable(named(keys, "x} ]{\"")),
        "[\"k1\", " + entry(after) + ", \"${B}\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{N, S, \"disabled\": true}             | {N, S}",
        "{N, \"DISABLED\" : true , S}           | {N , S}",
        "{\"disabled\": true, N, S}             | {N, S}",
        "{\\n  N,\\n  S,\\n  \"disabled\": true\\n}  | {\\n  N,\\n  S\\n}",
      })
  void aKeyIsEnabledByTakingOutWhatDisabledIt(String before, String after) throws Exception {
    assertChanged(
        "[" + entry(before) + "]",
        keys -> keys.enable(named(keys, "x} ]{\"")),
        "[" + entry(after) + "]");
  }

  @Test
  void whatWasDisabledAndEnabledIsAsItWas() throws Exception {
    String before = list("[\n    \"p\",\n    A,\n    {\n      \"name\": \"m\",\n      D\n    }\n]");
    before = before.replace("D", "\"sha256\": \"" + digest("m") + "\"");
    String was = with(before);
    Files.writeString(file, was);
    for (String name : List.of("a", "m")) {
      edit(keys -> keys.disable(named(keys, name)));
      assertTrue(read(name).disabled());
      edit(keys -> keys.enable(named(keys, name)));
      assertFalse(read(name).disabled());
    }
    assertEquals(was, Files.readString(file));
  }

  @Test
  void aKeyThatStandsThereItselfGivesPlaceToItsDigestAndMayWhatItMight() throws Exception {
    Files.writeString(file, with("[\"secret==\", \"${B}\", \"c\"]"));
    edit(keys -> keys.disable(named(keys, "key-2")));
    edit(keys -> keys.disable(named(keys, "key-1")));
    assertEquals(
        with(
            "[{\"name\": \"key-1\", \"sha256\": \""
                + digest("secret")
                + "\", "
                + ALL
                + ", \"disabled\": true}, {\"name\": \"key-2\", \"sha256\": \""
                + digest("key b")
                + "\", "
                + ALL
                + ", \"disabled\": true}, \"c\"]"),
        Files.readString(file));
    edit(keys -> keys.enable(named(keys, "key-2")));
    assertEquals(ApiKey.ofText("key-2", "key b"), read("key-2"));
    assertEquals("key-3", read("key-3").name());
  }

  @Test
  void anotherKeyTakesThePlaceAndNothingElseChanges() throws Exception {
    String entry =
        "{\"sha256\" : \"%s\",\n"
            + " \"name\":\"${WHO}\", \"models\": [\"llama3*\"], \"expires\": null}";
    assertChanged(
        "[\"k1\", " + entry.formatted(digest("old").toUpperCase(Locale.ROOT)) + "]",
        keys -> keys.replaceKey(named(keys, "who"), NEW),
        "[\"k1\", " + entry.formatted(NEW) + "]");
    assertChanged(
        "[\"k1\", \"k2\"]",
        keys -> keys.replaceKey(named(keys, "key-1"), NEW),
        "[{\"name\": \"key-1\", \"sha256\": \"" + NEW + "\", " + ALL + "}, \"k2\"]");
  }

  @Test
  void aCopyStandsAtTheEndSoThatNoPositionChanges() throws Exception {
    String entry =
        """
        {
              "name": "%s",
              "sha256": "%s",
              "models": ["${WHO}*"],
              "expires": "%s"
            }\
        """;
    String before =
        "[\n    \"k1\",\n    "
            + entry.formatted("who", digest("old"), "2099-01-01")
            + ",\n    \"k3\"\n]";
    assertChanged(
        before,
        keys -> {
          keys.addCopy(named(keys, "who"), "who-old", "2027-01-31T18:00:00Z");
          keys.replaceKey(named(keys, "who"), NEW);
        },
        "[\n    \"k1\",\n    "
            + entry.formatted("who", NEW, "2099-01-01")
            + ",\n    \"k3\",\n    "
            + entry.formatted("who-old", digest("old"), "2027-01-31T18:00:00Z")
            + "\n]");
    assertEquals(read("who").models(), read("who-old").models());
    assertChanged(
        "[\"k1\"]",
        keys -> {
          keys.addCopy(named(keys, "key-1"), "key-1-old", "2027-01-31");
          keys.replaceKey(named(keys, "key-1"), NEW);
        },
        "[{\"name\": \"key-1\", \"sha256\": \""
            + NEW
            + "\", "
            + ALL
            + "}, {\"name\": \"key-1-old\", \"sha256\": \""
            + digest("k1")
            + "\", "
            + ALL
            + ", \"expires\": \"2027-01-31\"}]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "[ ]"})
  void aNewEntryMayBeTheFirst(String list) throws Exception {
    ApiKeyText entry =
        ApiKeyText.of("a \"quoted\" ${name", digest("a"))
            .put("admin", true)
            .put("maxConcurrentRequests", 3)
            .put("models", List.of("llama3*", "qwen3:8b"));
    Files.writeString(file, with(list));
    edit(keys -> keys.add(entry));
    ApiKey read = read("a \"quoted\" ${name");
    assertTrue(read.admin());
    assertEquals(3, read.maxConcurrentRequests());
    assertEquals("[llama3*, qwen3:8b]", read.models().toString());
  }

  @Test
  void aFileWithoutAListGetsOne() throws Exception {
    Files.writeString(file, "{" + SettingsFile.ADDRESSES + "}");
    edit(keys -> keys.add(ApiKeyText.of("a", digest("a"))));
    assertEquals(
        "{"
            + SettingsFile.ADDRESSES
            + ", \"apiKeys\": [{\"name\": \"a\", \"sha256\": \""
            + digest("a")
            + "\"}]}",
        Files.readString(file));
  }

  @Test
  void whatTheReaderRefusesIsNotWritten() throws Exception {
    String before = with("[\"k1\"]");
    Files.writeString(file, before);
    ApiKeyText entry = ApiKeyText.of("a", digest("a")).put("endpoints", List.of("inferrence"));
    ConfigException e = assertThrows(ConfigException.class, () -> edit(keys -> keys.add(entry)));
    assertTrue(e.getMessage().contains("apiKeys[1].endpoints[0]: expected "), e.getMessage());
    assertEquals(before, Files.readString(file));
  }

  @Test
  void aFileThatCannotBeUsedIsNotChanged() throws Exception {
    String before = with("[\"k1\"], \"logging\": 3");
    Files.writeString(file, before);
    assertThrows(ConfigException.class, () -> edit(keys -> keys.remove(keys.entries())));
    assertEquals(before, Files.readString(file));
  }

  @Test
  void whatIsNotChangedIsNotWritten() throws Exception {
    Files.writeString(file, with("[\"k1\"]"));
    Object key = Files.readAttributes(file, "unix:ino").get("ino");
    assertEquals(Written.NOT_AT_ALL, writer.editApiKeys(file, loader, keys -> {}).how());
    assertEquals(
        Written.NOT_AT_ALL,
        writer.editApiKeys(file, loader, keys -> keys.enable(keys.entries().getFirst())).how());
    assertEquals(key, Files.readAttributes(file, "unix:ino").get("ino"));
  }

  @Test
  void everyEntryIsThereAlsoThoseOfOneKey() throws Exception {
    Files.writeString(
        file, with("[\"k\", {\"name\": \"x\", \"sha256\": \"" + digest("k") + "\"}]"));
    ApiKeyList keys = loader.loadKeys(file);
    assertEquals(List.of("key-1", "x"), List.copyOf(keys.names()));
    assertEquals(
        List.of(true, false), keys.entries().stream().map(ApiKeyList.Entry::isPlain).toList());
  }

  private void assertChanged(String before, ConfigWriter.Edit<RuntimeException> edit, String after)
      throws Exception {
    Files.writeString(file, with(before));
    edit(edit);
    assertEquals(with(after), Files.readString(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  private void edit(ConfigWriter.Edit<RuntimeException> edit) throws ConfigException, IOException {
    assertEquals(Written.REPLACED, writer.editApiKeys(file, loader, edit).how());
  }

  private ApiKey read(String name) throws ConfigException {
    return named(loader.loadKeys(file), name).key();
  }

  private static ApiKeyList.Entry named(ApiKeyList keys, String name) {
    return keys.entries().stream()
        .filter(entry -> entry.key().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Around it, what a careless change would find: brackets in texts, and other lists. */
  private static String with(String list) {
    return "\ufeff{\"ollamaAddresses\": [\"http://localhost:11434\"],\t\"authHeaderName\":"
        + " \"X-A\",\r\n"
        + "  \"$schema\": \"]}{[\\\"\", \"models\": {\"m\": [\"a\"]},\n\n"
        + " \"apiKeys\" :"
        + list
        + " ,\"security\":{ \"allowIps\":[ ] }\n }\n\n";
  }

  private static String list(String brief) {
    String text = lines(brief);
    for (String name : List.of("a", "b", "c")) {
      String entry = "{\"name\":\"" + name + "\", \"sha256\":\"" + digest(name) + "\"}";
      text = text.replaceAll("\\b" + name.toUpperCase(Locale.ROOT) + "\\b", entry);
    }
    return text;
  }

  /** {@code N} and {@code S} stand for a name, in which brackets are none, and a digest. */
  private static String entry(String brief) {
    return lines(brief)
        .replaceAll("\\bN\\b", Matcher.quoteReplacement("\"name\": \"x} ]{\\\"\""))
        .replaceAll("\\bS\\b", "\"sha256\": \"" + digest("x") + "\"");
  }

  private static String lines(String brief) {
    return brief.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
  }

  private static String digest(String key) {
    return ApiKey.ofPlain("a", key, false).sha256();
  }
}
