package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.assertWarning;
import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.refused;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ApiKeysTest {
  private static final String DIGEST =
      "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

  @Test
  void theDigestIsThatOfTheKeyWithoutTrailingEqualsSigns() {
    assertEquals(DIGEST, ApiKey.ofPlain("a", "secret", false).sha256());
    assertEquals(DIGEST, ApiKey.ofPlain("a", "secret==", false).sha256());
    assertEquals("a=b", ApiKey.normalize("a=b=="));
    assertEquals("", ApiKey.normalize("="));
  }

  @Test
  void aDigestIsNotPrinted() {
    assertEquals("ApiKey[name=a, admin=true]", ApiKey.ofPlain("a", "secret", true).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "==", " key", "key ", "k\ney", "k\u0000", "k\u0085"})
  void someTextsAreNoKeys(String key) {
    assertThrows(IllegalArgumentException.class, () -> ApiKey.ofPlain("a", key, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " a", "a ", "a\nb", "ä"})
  void someTextsAreNoNames(String name) {
    assertThrows(IllegalArgumentException.class, () -> new ApiKey(name, DIGEST, false));
    assertThrows(IllegalArgumentException.class, () -> new ApiKey("x".repeat(65), DIGEST, false));
  }

  /** Most are let through without the patterns that the schema has. */
  @Test
  void whatIsANameOrADigestIsWhatThePatternsSay() {
    Random random = new Random(1);
    String characters = "aF09 ~!\u007f\u001fäg";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder name = new StringBuilder("a".repeat(random.nextInt(3) * 31));
      for (int n = random.nextInt(4); n > 0; n--) {
        int at = random.nextInt(name.length() + 1);
        name.insert(at, characters.charAt(random.nextInt(characters.length())));
      }
      String text = name.toString();
      assertEquals(
          text.matches("[!-~](?:[ -~]{0,62}[!-~])?"),
          isTaken(() -> new ApiKey(text, DIGEST, false)),
          text);
      assertEquals(
          text.matches("[0-9A-Fa-f]{64}"), isTaken(() -> new ApiKey("a", text, false)), text);
    }
  }

  private static boolean isTaken(Supplier<ApiKey> key) {
    try {
      return !key.get().name().isEmpty();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  @Test
  void plainKeysAreNamedByTheirPosition() {
    GatewayConfig config =
        config(
            with("\"apiKeys\": [\"a\", {\"name\": \"b\", \"sha256\": \"" + DIGEST + "\"}, \"c\"]"));

    assertEquals(
        List.of(
            ApiKey.ofText("key-1", "a"),
            new ApiKey("b", DIGEST, false),
            ApiKey.ofText("key-3", "c")),
        config.apiKeys());
  }

  @Test
  void oneWarningSaysThatKeysStandInTheClear() {
    GatewayConfig _ =
        assertWarning(
            with("\"apiKeys\": [→\"a\"]"), "apiKeys[0]", "this key stands here in the clear");
    GatewayConfig _ =
        assertWarning(
            with("\"apiKeys\": [{\"name\": \"b\", \"sha256\": \"" + DIGEST + "\"}, →\"a\", \"c\"]"),
            "apiKeys[1]",
            "2 keys from here on stand here in the clear");
  }

  @Test
  void whatAVariableHoldsIsNotInTheFile() {
    assertEquals(
        List.of(),
        SettingsFile.load(with("\"apiKeys\": [\"${KEY}\"]"), Map.of("KEY", "k")).warnings());
  }

  @Test
  void aKeyThatIsThereTwiceCountsOnce() {
    GatewayConfig config =
        assertWarning(with("\"apiKeys\": [\"a\", →\"a=\"]"), "apiKeys[1]", "in the list already");

    assertEquals(List.of(ApiKey.ofText("key-1", "a")), config.apiKeys());
  }

  @Test
  void aKeyThatIsThereTwiceKeepsItsRights() {
    GatewayConfig config =
        assertWarning(
            with(
                "\"apiKeys\": [\"secret\", →{\"name\": \"b\", \"sha256\": \""
                    + DIGEST
                    + "\", \"admin\": true}]"),
            "apiKeys[1]",
            "in the list already");

    assertEquals(List.of(new ApiKey("b", DIGEST, true)), config.apiKeys());
  }

  @Test
  void aKeysRequestsAreNormalOnesUnlessItSaysOtherwise() {
    GatewayConfig config =
        config(
            entry(
                "\"a\", {\"name\": \"b\", \"sha256\": \"DIGEST\", \"priority\":"
                    + " \"interactive\"}"));

    assertEquals(ApiKey.NORMAL, config.apiKeys().getFirst().priority());
    assertEquals(ApiKey.INTERACTIVE, config.apiKeys().getLast().priority());
    assertEquals(ApiKey.NORMAL, new ApiKey("c", DIGEST, true).priority());
  }

  @Test
  void everyEntryIsChecked() {
    assertProblem(with("\"apiKeys\": [→\"\"]"), "apiKeys[0]", "a key can't be empty");
    assertProblem(with("\"apiKeys\": [→\"a\\n\"]"), "apiKeys[0]", "control characters");
    assertProblem(with("\"apiKeys\": [→7]"), "apiKeys[0]", "found a number");
    assertProblem(with("\"apiKeys\": [→null]"), "apiKeys[0]", "found null");
    assertProblem(with("\"apiKeys\": [→[]]"), "apiKeys[0]", "found a list");
    assertProblem(with("\"apiKeys\": →\"hunter2\""), "apiKeys", "put [ ] around it");
    assertProblem(with("\"apiKeys\": →{\"hunter2\": 1}"), "apiKeys", "found an object");
    assertProblem(entry("→{\"sha256\": \"DIGEST\"}"), "apiKeys[0].name", "missing");
    assertProblem(entry("→{\"name\": null, \"sha256\": \"DIGEST\"}"), "apiKeys[0].name", "missing");
    assertProblem(entry("→{\"name\": \"a\"}"), "apiKeys[0].sha256", "missing");
    assertProblem(entry("{\"name\": →\"\", \"sha256\": \"DIGEST\"}"), "apiKeys[0].name", "1 to 64");
    assertProblem(
        entry("{\"name\": \"a\", \"sha256\": →\"DIGEST0\"}"),
        "apiKeys[0].sha256",
        "64 hexadecimal digits");
    assertProblem(
        entry("{\"name\": \"a\", \"sha256\": \"DIGEST\", \"admin\": →\"yes\"}"),
        "apiKeys[0].admin",
        "expected true or false");
    assertProblem(
        entry("{\"name\": \"a\", \"sha256\": \"DIGEST\", \"priority\": →\"urgent\"}"),
        "apiKeys[0].priority",
        "expected \"interactive\", \"normal\" or \"batch\"");
    assertProblem(
        entry("{\"name\": \"a\", \"sha256\": \"DIGEST\", \"endpoints\": →[]}"),
        "apiKeys[0].endpoints",
        "expected at least one of \"inference\"");
    assertProblem(
        entry("{\"name\": \"a\", \"sha256\": \"DIGEST\", →\"sha265\": 1}"),
        "apiKeys[0]",
        "did you mean \"sha256\"?");
  }

  @Test
  void aNameIsThereOnce() {
    assertProblem(
        entry(
            "{\"name\": \"a\", \"sha256\": \"DIGEST\"}, {\"name\": →\"a\", \"sha256\": \""
                + ApiKey.ofPlain("b", "b", false).sha256()
                + "\"}"),
        "apiKeys[1].name",
        "another entry has this name");
  }

  @Test
  void aPlainKeyGetsNoNameThatIsGiven() {
    String other = ApiKey.ofPlain("b", "b", false).sha256();
    String entries =
        "{\"name\": \"key-2\", \"sha256\": \"DIGEST\"}, \"plain\", \"third\","
            + " {\"name\": \"${WHO}\", \"sha256\": \""
            + other
            + "\"}";
    for (String who : List.of("key-3", "key-2-2")) {
      Map<String, String> environment = Map.of("WHO", who);
      List<String> names =
          SettingsFile.load(entry(entries), environment).config().apiKeys().stream()
              .map(ApiKey::name)
              .toList();

      assertEquals(
          who.equals("key-3")
              ? List.of("key-2", "key-2-2", "key-3-2", who)
              : List.of("key-2", "key-2-3", "key-3", who),
          names);
    }
  }

  @Test
  void nothingOfAnEntryIsShown() {
    for (String entries :
        List.of(
            "\"hunter2\\n\"",
            "{\"hunter2\": 1}",
            "{\"name\": \"hunter2\\n\", \"sha256\": \"hunter2\"}",
            "[\"hunter2\"]")) {
      ConfigException e = refused(with("\"apiKeys\": [" + entries + "]"));

      assertFalse(e.getMessage().contains("hunter2"), e.getMessage());
    }
  }

  private static String entry(String json) {
    return with("\"apiKeys\": [" + json.replace("DIGEST", DIGEST) + "]");
  }
}
