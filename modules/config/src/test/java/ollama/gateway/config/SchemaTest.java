package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.refused;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documentation says, and so the schema, is what the loader does. */
final class SchemaTest {
  private static final Map<String, String> VARIABLES =
      Map.ofEntries(
          Map.entry("GPU_1_TOKEN", "t"),
          Map.entry("VALKEY_PASSWORD", "x"),
          Map.entry("COLLECTOR_TOKEN", "t"),
          Map.entry("GPU_2_TOKEN", "t"),
          Map.entry("HOST", "h"),
          Map.entry("KEY", "k"),
          Map.entry("NAME", "n"),
          Map.entry("DIGEST", "0".repeat(64)),
          Map.entry("PATH", "/p"),
          Map.entry("URL", "http://u"),
          Map.entry("OLLAMA_GATEWAY_KEY", "secret"));

  private final Schema schema;

  SchemaTest() throws IOException {
    schema = new Schema();
  }

  @Test
  void hasTheNamesOfTheFile() {
    for (Section section : Section.values()) {
      JsonNode object =
          switch (section) {
            case FILE -> schema.root();
            case OLLAMA_SERVER -> schema.root().at("/$defs/ollamaServer/anyOf/1");
            case API_KEY -> schema.root().at("/$defs/apiKey/anyOf/1");
            case KEY_RATE_LIMIT, KEY_TOKENS, KEY_OPTIONS ->
                schema.root().at("/$defs/apiKey/anyOf/1/properties/" + section.path());
            case OPTION_RULE -> schema.root().at("/$defs/optionRule/anyOf/1");
            case ACME -> schema.root().at("/properties/tls/properties/" + section.path());
            default -> schema.root().at("/properties/" + section.path());
          };
      List<String> names = new ArrayList<>();
      object.get("properties").fieldNames().forEachRemaining(names::add);
      names.remove("$schema");

      assertEquals(section.names(), names);
      assertFalse(object.get("additionalProperties").asBoolean(true));
    }
  }

  @Test
  void everyDocumentedDefaultIsTheLoaders() {
    GatewayConfig defaults = load("{" + SettingsFile.ADDRESSES + "}").config();
    int count = 0;
    for (Map.Entry<String, JsonNode> setting : schema.settings().entrySet()) {
      JsonNode value = setting.getValue().get("default");
      if (value != null) {
        count++;
        String json = Schema.file(setting.getKey(), value.toString());
        assertEquals(defaults, load(json).config(), setting.getKey());
      }
    }
    List<String> without =
        List.of(
            "$schema",
            "ollamaAddresses",
            "tls.certificate",
            "tls.privateKey",
            "tls.clientCertificateAuthority",
            "tls.acme.email",
            "tls.acme.folder",
            "tls.acme.ca",
            "accessLog.file",
            "tracing.endpoint",
            "tracing.ca",
            "shared.url",
            "shared.ca",
            "shared.clientCertificate",
            "shared.clientKey",
            "shared.password",
            "stateDirectory");
    assertEquals(schema.settings().size() - without.size(), count);
  }

  @Test
  void theBoundsOfEveryNumberAreTheLoaders() throws IOException {
    List<String> numbers = new ArrayList<>();
    for (Map.Entry<String, JsonNode> setting : schema.settings().entrySet()) {
      if (setting.getValue().has("maximum")) {
        numbers.add(setting.getKey());
        long min = setting.getValue().get("minimum").asLong();
        long max = setting.getValue().get("maximum").asLong();
        for (long number : List.of(min, max)) {
          assertBothTake(Schema.file(setting.getKey(), "" + number));
        }
        for (long number : List.of(min - 1, max + 1)) {
          assertBothRefuse(Schema.file(setting.getKey(), "" + number));
        }
      }
    }
    assertEquals(
        wholeNumbers(GatewayConfig.class, ""),
        numbers,
        "the whole numbers of the records have no bounds in the schema: their Javadoc names none");
  }

  /** The settings that the records hold as whole numbers, in their order. */
  private static List<String> wholeNumbers(Class<?> record, String path) {
    List<String> names = new ArrayList<>();
    for (RecordComponent component : record.getRecordComponents()) {
      Class<?> type = component.getType();
      if (type == int.class || type == long.class) {
        names.add(path + component.getName());
      } else if (type.getSimpleName().endsWith("Config")) {
        names.addAll(wholeNumbers(type, component.getName() + "."));
      }
    }
    return names;
  }

  @Test
  void whatGoesTogetherIsTakenTogether() throws Exception {
    assertBothTake(
        Schema.file("tls", "{\"certificate\": \"cert.pem\", \"privateKey\": \"key.pem\"}"));
    assertBothTake(
        Schema.file("shared", "{\"clientCertificate\": \"a.pem\", \"clientKey\": \"a.key\"}"));
  }

  @Test
  void everyExampleIsTaken() throws Exception {
    for (Map.Entry<String, JsonNode> setting : schema.settings().entrySet()) {
      for (JsonNode example : setting.getValue().path("examples")) {
        if (!setting.getKey().startsWith("tls.") && !setting.getKey().startsWith("shared.client")) {
          assertBothTake(Schema.file(setting.getKey(), example.toString()));
        }
      }
    }
    List<String> onPages = new ArrayList<>(examples(Project.PAGE));
    // Those of a key's options have no section of their own.
    int objects = List.of(Section.values()).size() - 2;
    assertEquals(
        objects + 1,
        onPages.size(),
        Project.PAGE + " has an example at its top and one for each object: run make reference");
    List<String> inReadme = examples("README.md");
    assertFalse(inReadme.isEmpty(), "README.md shows no settings any more: look for its ```json");
    onPages.addAll(inReadme);
    for (String json : onPages) {
      assertBothTake(
          json.contains("\"ollamaAddresses\"")
              ? json
              : json.replaceFirst("\\{", "{" + SettingsFile.ADDRESSES + ","));
    }
    assertBothTake(Project.read("config.json"));
  }

  private static List<String> examples(String page) throws IOException {
    return Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
        .matcher(Project.read(page))
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"$schema\": \"./config.schema.json\"",
        "\"$schema\": null",
        "\"logging\": null, \"apiKeys\": null, \"limits\": null, \"gatewayAddress\": null",
        "\"gatewayAddress\": \"[::1]:0\"",
        "\"gatewayAddress\": \"${HOST}:81\"",
        "\"gatewayAddress\": [\"http://[::1]:0\", \":81\"]",
        "\"tls\": {\"certificate\": \"a\", \"privateKey\": \"b\", \"redirect\": false}",
        "\"tls\": {\"certificate\": [\"a\", \"b\"], \"privateKey\": [\"c\", \"d\"]}",
        "\"tls\": {\"certificate\": null, \"clientCertificateAuthority\": null}",
        "\"authHeaderName\": \"X-Api-Key\"",
        "\"apiKeys\": [\"plain\", \"${KEY}\", {\"name\": \"${NAME}\", \"sha256\": \"${DIGEST}\"}]",
        "\"apiKeys\": [{\"name\": \"a b\", \"sha256\": \"${DIGEST}\", \"admin\": null}]",
        "\"loadBalancer\": {\"healthCheckIntervalInSeconds\": 0, \"healthCheckEndpoint\": \"\"}",
        "\"loadBalancer\": {\"healthCheckEndpoint\": \"${PATH}/x?y\"}",
        "\"metrics\": {\"enabled\": true, \"endpoint\": \"\", \"namespace\": \"\"}",
        "\"rateLimit\": {\"maxRequests\": 0, \"timeWindowSeconds\": 0, \"enabled\": false}",
        "\"rateLimit\": {\"maxRequests\": 1, \"timeWindowSeconds\": 1, \"enabled\": true}",
        "\"security\": {\"allowIps\": [\"10.0.0.0/8\", \"::1\"], \"denyIps\": []}",
        "\"limits\": {}, \"timeouts\": {\"drainSeconds\": 0}",
      })
  void bothTake(String members) throws IOException {
    assertBothTake(with(members));
  }

  @Test
  void bothTakeAddresses() throws IOException {
    assertBothTake("{\"ollamaAddresses\": [\"HTTP://gpu\", \"http://[::1]:2/b/\", \"${URL}\"]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"$schema\": 1",
        "\"$schema\": [\"x\"]",
        "\"unknown\": 1",
        "\"limits\": {\"$schema\": \"x\"}",
        "\"limits\": {\"bodyByte\": 1}",
        "\"limits\": []",
        "\"limits\": {\"fields\": \"100\"}",
        "\"limits\": {\"fields\": 100.5}",
        "\"limits\": {\"fields\": true}",
        "\"limits\": {\"fields\": 0}",
        "\"logging\": \"true\"",
        "\"logging\": 1",
        "\"gatewayAddress\": 8080",
        "\"gatewayAddress\": \"\"",
        "\"gatewayAddress\": []",
        "\"gatewayAddress\": [\"\"]",
        "\"tls\": {\"certificate\": \"\", \"privateKey\": \"\"}",
        "\"tls\": {\"redirect\": 1}",
        "\"authHeaderName\": \"\"",
        "\"authHeaderName\": []",
        "\"apiKeys\": \"plain\"",
        "\"apiKeys\": [1]",
        "\"apiKeys\": [null]",
        "\"apiKeys\": [\"\"]",
        "\"apiKeys\": [{\"name\": \"a\"}]",
        "\"apiKeys\": [{\"certificate\": \"a\"}]",
        "\"apiKeys\": [{\"name\": \"a\", \"certificate\": \"\"}]",
        "\"apiKeys\": [{\"name\": null, \"sha256\": \"${DIGEST}\"}]",
        "\"apiKeys\": [{\"name\": \" a\", \"sha256\": \"${DIGEST}\"}]",
        "\"apiKeys\": [{\"name\": \"a\", \"sha256\": \"abc\"}]",
        "\"apiKeys\": [{\"name\": \"a\", \"sha256\": \"${DIGEST}\", \"admin\": \"yes\"}]",
        "\"apiKeys\": [{\"name\": \"a\", \"sha256\": \"${DIGEST}\", \"key\": \"x\"}]",
        "\"loadBalancer\": {\"healthCheckEndpoint\": \"health\"}",
        "\"metrics\": {\"endpoint\": \"metrics\"}",
        "\"metrics\": {\"namespace\": \"0gateway\"}",
        "\"metrics\": true",
        "\"rateLimit\": {\"maxRequests\": 0, \"enabled\": true}",
        "\"rateLimit\": {\"timeWindowSeconds\": 0, \"enabled\": true}",
        "\"security\": {\"allowIps\": \"10.0.0.0/8\"}",
        "\"security\": {\"denyIps\": [null]}",
        "\"security\": {\"denyIps\": [\"\"]}",
        "\"timeouts\": {\"drainSeconds\": -1}",
      })
  void bothRefuse(String members) throws IOException {
    assertBothRefuse(with(members));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"url\": \"http://a\"",
        "\"url\": \"${URL}\", \"name\": \"${NAME}\", \"parallel\": 1024, \"weight\": 0.25",
        "\"url\": \"https://a\", \"ca\": \"a.pem\", \"clientKey\": null",
        "\"url\": \"http://a\", \"name\": null, \"weight\": null, \"headers\": null",
        "\"url\": \"http://a\", \"models\": [\"*\", \"a/b*\"], \"headers\": {\"X\": \"y\"}",
        "\"url\": \"http://a\", \"models\": [], \"headers\": {}, \"maxLoadedModels\": 0",
      })
  void bothTakeAServer(String members) throws IOException {
    assertBothTake("{\"ollamaAddresses\": [\"http://b\", {" + members + "}]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"url\": null",
        "\"url\": \"ftp://a\"",
        "\"url\": \"http://a\", \"name\": \"a b\"",
        "\"url\": \"http://a\", \"parallel\": 1025",
        "\"url\": \"http://a\", \"parallel\": -1",
        "\"url\": \"http://a\", \"maxLoadedModels\": 1025",
        "\"url\": \"http://a\", \"weight\": 0",
        "\"url\": \"http://a\", \"weight\": 1001",
        "\"url\": \"http://a\", \"weight\": \"1\"",
        "\"url\": \"http://a\", \"headers\": {\"X\": 1}",
        "\"url\": \"http://a\", \"headers\": {\"X\": \"\"}",
        "\"url\": \"http://a\", \"models\": \"a\"",
        "\"url\": \"http://a\", \"models\": [\"\"]",
        "\"url\": \"http://a\", \"other\": 1",
      })
  void bothRefuseAServer(String members) throws IOException {
    assertBothRefuse("{\"ollamaAddresses\": [{" + members + "}]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"ollamaAddresses\": null}",
        "{\"ollamaAddresses\": []}",
        "{\"ollamaAddresses\": \"http://localhost\"}",
        "{\"ollamaAddresses\": [null]}",
        "{\"ollamaAddresses\": [\"ftp://localhost\"]}",
        "{\"ollamaAddresses\": [\"localhost:11434\"]}",
      })
  void bothRefuseAFileWithoutServers(String json) throws IOException {
    assertBothRefuse(json);
  }

  /** What a schema can't say, or says in the numbers of JSON, where 1.0 is whole. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"gatewayAddress\": \"localhost\"",
        "\"gatewayAddress\": \":65536\"",
        "\"authHeaderName\": \"Host\"",
        "\"apiKeys\": [\"a\\nb\"]",
        "\"apiKeys\": [\"${UNSET}\"]",
        "\"security\": {\"allowIps\": [\"10.0.0.300\"]}",
        "\"metrics\": {\"endpoint\": \"/api/x\"}",
        "\"limits\": {\"fields\": 100.0}",
      })
  void onlyTheLoaderRefuses(String members) throws IOException {
    assertEquals(List.of(), schema.complaints(with(members)));
    refused(with(members));
  }

  /** An editor shows the right case, the loader warns. */
  @Test
  void onlyTheSchemaRefusesAnotherCase() throws IOException {
    String json = with("\"Logging\": true");

    assertFalse(schema.complaints(json).isEmpty());
    assertEquals(1, load(json).warnings().size());
  }

  private void assertBothTake(String json) throws IOException {
    assertEquals(List.of(), schema.complaints(json), json);
    load(json, VARIABLES);
  }

  private void assertBothRefuse(String json) throws IOException {
    assertFalse(schema.complaints(json).isEmpty(), json);
    refused(json, VARIABLES);
  }
}
