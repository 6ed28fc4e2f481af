package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of settings, and how they are compared. */
final class ConfigDifferenceTest {
  private static final String DIGEST = "0123456789abcdef".repeat(4);

  @Test
  void everySettingIsTold() throws Exception {
    String file = with("\"apiKeys\": [\"plain\"], \"security\": {\"allowIps\": [\"10.0.0.0/8\"]}");
    String json = ConfigView.json(load(file).config());
    Json.Obj root = JsonParsing.parse("view", json, new HeapRoom());
    assertEquals(Section.FILE.names(), root.members().stream().map(Json.Member::name).toList());
    for (Section block :
        List.of(
            Section.LOAD_BALANCER,
            Section.RATE_LIMIT,
            Section.SECURITY,
            Section.METRICS,
            Section.TIMEOUTS,
            Section.LIMITS)) {
      Json.Obj object = (Json.Obj) Splices.member(root, block.path()).orElseThrow().value();
      assertEquals(block.names(), object.members().stream().map(Json.Member::name).toList());
    }
    assertTrue(json.contains("\"gatewayAddress\":\"0.0.0.0:8080\""), json);
    assertTrue(json.contains("\"allowIps\":[\"10.0.0.0/8\"]"), json);
  }

  @Test
  void whatIsToldCanBeReadAsTheFileButForItsSecrets() {
    String file =
        with(
            "\"gatewayAddress\": [\":1\", \"http://:2\"], \"tls\": {\"certificate\": [\"a\","
                + " \"b\"], \"privateKey\": [\"c\", \"d\"], \"redirect\": true,"
                + " \"clientCertificateAuthority\": \"e\"}, \"models\": {\"gpt\": [\"a\", \"b\"]},"
                + " \"apiKeys\": [{\"name\": \"a\", \"sha256\": \""
                + DIGEST
                + "\", \"certificate\": \"f\", \"models\": [\"x*\"], \"endpoints\": [\"cloud\"],"
                + " \"options\": {\"num_ctx\": {\"min\": 1, \"max\": 8192}, \"reload\": false,"
                + " \"num_predict\": {\"default\": 512}, \"keep_alive\": \"5m\", \"think\": false,"
                + " \"temperature\": 0.5},"
                + " \"allowIps\": [\"::1\"]}]");
    GatewayConfig config = load(file).config();
    String json = ConfigView.json(config).replace("\"0123456789ab\"", "\"" + DIGEST + "\"");
    // An empty text is no time, no folder and no file.
    json = json.replace("\"expires\":\"\",", "").replace("\"stateDirectory\":\"\",", "");
    json = json.replace(",\"ca\":\"\"}", "}");
    assertEquals(config, load(json).config());
  }

  @Test
  void noSecretIsTold() {
    String file =
        """
        {
          "ollamaAddresses": [{"url": "http://a", "headers": {"Authorization": "Bearer sekret"}}],
          "apiKeys": ["sekret-plain", {"name": "b", "sha256": "%s"}],
          "tracing": {"endpoint": "http://c:4318", "headers": {"X-Token": "sekret"}},
          "shared": {"url": "valkey://s", "password": "sekret"}
        }
        """
            .formatted(DIGEST);
    String json = ConfigView.json(load(file).config());
    assertFalse(json.contains("sekret"), json);
    assertTrue(json.contains("\"headers\":{\"Authorization\":\"***\"}"), json);
    assertTrue(json.contains("\"headers\":{\"X-Token\":\"***\"}"), json);
    assertTrue(json.contains("\"password\":\"***\""), json);
    assertTrue(json.contains("\"sha256\":\"0123456789ab\""), json);
    assertFalse(json.contains(DIGEST.substring(0, 13)), json);
    String plain = ApiKey.ofPlain("a", "sekret-plain", false).sha256();
    assertTrue(json.contains("\"" + plain.substring(0, 12) + "\""), json);
    assertFalse(json.contains(plain.substring(0, 13)), json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"io\": \"auto\"", "\"apiKeys\": [\"a\"]", "\"models\": {\"m\": [\"a\"]}"})
  void theSameSettingsDoNotDiffer(String setting) throws Exception {
    assertEquals(List.of(), differences(with(setting), with(setting)));
  }

  @Test
  void whatIsWrittenOtherwiseAndMeansTheSameDoesNotDiffer() throws Exception {
    assertEquals(List.of(), differences(with("\"logging\": false"), with("\"limits\": {}")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"logging\": true | \"logging\": false | logging | true | false",
        "\"limits\": {\"fields\": 70} | \"limits\": {\"fields\": 80} | limits.fields | 70 | 80",
        "\"gatewayAddress\": \":1\" | \"gatewayAddress\": \":2\" | gatewayAddress! | \":1\" |"
            + " \":2\"",
        "\"io\": \"nio\" | \"io\": \"auto\" | io! | \"nio\" | \"auto\"",
        "\"metrics\": {\"namespace\": \"a\"} | \"metrics\": {\"namespace\": \"b\"} |"
            + " metrics.namespace! | \"a\" | \"b\"",
        "\"security\": {\"denyIps\": [\"::1\", \"::2\"]} | \"io\": \"auto\" | security.denyIps |"
            + " [\"0:0:0:0:0:0:0:1/128\", \"0:0:0:0:0:0:0:2/128\"] | []",
        "\"models\": {\"m\": [\"a\", \"b\"]} | \"io\": \"auto\" | models.m | [\"a\", \"b\"] | -",
        "\"io\": \"auto\" | \"models\": {\"m\": [\"a\"]} | models.m | - | [\"a\"]",
        "\"apiKeys\": [A] | \"apiKeys\": [] | apiKeys[a] | D | -",
        "\"apiKeys\": [] | \"apiKeys\": [A] | apiKeys[a] | - | D",
        "\"apiKeys\": [A, B] | \"apiKeys\": [B, A{\"disabled\": true}] | apiKeys[a].disabled |"
            + " false | true",
        "\"apiKeys\": [A, B] | \"apiKeys\": [B] | apiKeys[a] | D | -",
        "\"apiKeys\": [A] | \"apiKeys\": [A{\"tokens\": {\"perDay\": 5}}] |"
            + " apiKeys[a].tokens.perDay | 0 | 5",
        "\"apiKeys\": [A] | \"apiKeys\": [X] | apiKeys[a].sha256 | \"D\" | \"fedcba987654\"",
      })
  void aSettingThatDiffersIsToldByItsPath(
      String running, String file, String path, String is, String willBe) throws Exception {
    ConfigDifference expected =
        new ConfigDifference(path.replace("!", ""), value(is), value(willBe));
    List<ConfigDifference> found = differences(with(keys(running)), with(keys(file)));
    assertEquals(List.of(expected), found);
    assertEquals(path.endsWith("!"), found.getFirst().needsRestart());
  }

  @Test
  void aServerIsToldByItsName() throws Exception {
    String one =
        "{\"ollamaAddresses\": [{\"url\": \"http://a:1\", \"name\": \"x\", \"parallel\": 2}]}";
    String other =
        "{\"ollamaAddresses\": [\"http://b:2\", {\"url\": \"http://a:1\", \"name\": \"x\"}]}";
    assertEquals(
        List.of(
            new ConfigDifference("ollamaAddresses[x].parallel", Optional.of("2"), Optional.of("0")),
            new ConfigDifference(
                "ollamaAddresses[b:2]", Optional.empty(), Optional.of("http://b:2"))),
        differences(one, other));
  }

  @Test
  void whatOnlyARestartChangesIsWhatTheManualSays() throws Exception {
    String manual = Files.readString(Project.ROOT.resolve("docs/configuration.md"));
    Matcher sentence =
        Pattern.compile("A reload puts everything in force but ([^:]*):").matcher(manual);
    assertTrue(sentence.find(), manual);
    List<String> documented =
        Pattern.compile("`([^`]*)`")
            .matcher(sentence.group(1))
            .results()
            .map(r -> r.group(1))
            .toList();
    for (String name : documented) {
      assertTrue(
          new ConfigDifference(name, Optional.empty(), Optional.empty()).needsRestart(), name);
    }
    for (String name : ConfigDifference.NEEDS_RESTART) {
      assertTrue(
          documented.stream().anyMatch(d -> d.equals(name) || d.startsWith(name + ".")), name);
    }
  }

  @Test
  void whatIsNoObjectIsRefused() {
    GatewayConfig config = load(with("\"io\": \"auto\"")).config();
    assertThrows(ConfigException.class, () -> ConfigDifference.of("Ollama is running", config));
    assertThrows(ConfigException.class, () -> ConfigDifference.of("[]", config));
  }

  private static List<ConfigDifference> differences(String running, String file) throws Exception {
    return ConfigDifference.of(ConfigView.json(load(running).config()), load(file).config());
  }

  private static Optional<String> value(String text) {
    return text.equals("-")
        ? Optional.empty()
        : Optional.of(text.replace("D", DIGEST.substring(0, 12)));
  }

  /**
   * {@code A} and {@code B} are keys, {@code A{…}} has a setting besides; {@code X} is another A.
   */
  private static String keys(String brief) {
    Map<String, String> digests =
        Map.of("A", DIGEST, "B", "1".repeat(64), "X", "fedcba9876543210".repeat(4));
    Matcher key = Pattern.compile("\\b([ABX])(?:\\{(.*)\\}(?=\\]))?(?=[\\],])").matcher(brief);
    return key.replaceAll(
        found -> {
          String name = found.group(1).equals("B") ? "b" : "a";
          String more = found.group(2) == null ? "" : ", " + found.group(2);
          return "{\"name\": \""
              + name
              + "\", \"sha256\": \""
              + digests.get(found.group(1))
              + "\""
              + more
              + "}";
        });
  }
}
