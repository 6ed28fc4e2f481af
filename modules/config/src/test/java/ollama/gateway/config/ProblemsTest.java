package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.assertWarning;
import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.refused;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProblemsTest {

  @Test
  void allProblemsAreReportedAtOnceInTheOrderOfTheFile() {
    String json =
        """
        {
          "logging": "true",
          "ollamaAddresses": ["http://localhost:11434", "ftp://example.org"],
          "rateLimit": {
            "maxRequests": "30",
            "maxRequest": 1
          },
          "gatewayAddress": 8080
        }
        """;

    assertEquals(
        List.of(
            "config.json:2:14: logging: expected true or false, found a text: write it without"
                + " quotes",
            "config.json:3:49: ollamaAddresses[1]: an address starts with http:// or https://, such"
                + " as http://localhost:11434",
            "config.json:5:20: rateLimit.maxRequests: expected a whole number from 0 to 1000000,"
                + " found a text: write 30 without quotes",
            "config.json:6:5: rateLimit.maxRequest: unknown setting; did you mean"
                + " \"maxRequests\"?",
            "config.json:8:21: gatewayAddress: expected a text in double quotes, or a list of them,"
                + " found a number"),
        refused(json).getMessage().lines().toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://h/v1",
        "http://h/v1/",
        "http://h:11434/api",
        "http://h/ollama/api",
        "http://h/api/chat",
        "http://h/v1/chat/completions"
      })
  void anAddressWithARouteInItIsAWarning(String address) {
    GatewayConfig config =
        assertWarning(
            "{\"ollamaAddresses\": [\n  →\"" + address + "\"\n]}",
            "ollamaAddresses[0]",
            "an address ends before /api and /v1, which clients name themselves");

    assertEquals(1, config.ollamaAddresses().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://h", "http://h/ollama", "http://h/api/ollama", "http://h/v10"})
  void anyOtherBasePathIsNone(String address) {
    assertEquals(
        1, config("{\"ollamaAddresses\": [\"" + address + "\"]}").ollamaAddresses().size());
  }

  @Test
  void aVariableThatHoldsSeveralIsToldSo() {
    String message =
        refused(
                "{\"ollamaAddresses\": [\"${SERVERS}\"], \"gatewayAddress\": \"${LISTEN}\","
                    + " \"security\": {\"denyIps\": [\"${DENY}\"]}}",
                Map.of(
                    "SERVERS",
                    "http://a:1,http://b:2",
                    "LISTEN",
                    "http://0.0.0.0:8080,http://0.0.0.0:8081",
                    "DENY",
                    "10.0.0.0/8, ::1"))
            .getMessage();

    assertTrue(message.contains("ollamaAddresses[0]: one server stands here"), message);
    assertTrue(message.contains("gatewayAddress: one address stands here"), message);
    assertTrue(message.contains("\"${DENY}\": one address or range stands here"), message);
    assertFalse(message.contains("brackets"), message);
  }

  @Test
  void longListsOfProblemsEnd() {
    String json = with("\"security\": {\"denyIps\": [" + "\"x\",".repeat(150) + "\"x\"]}");

    List<ConfigProblem> problems = refused(json).problems();

    assertEquals(Problems.REPORTED_MAX + 1, problems.size());
    assertEquals("config.json: and 51 more like these", problems.getLast().format("config.json"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''            | gatewayAdress  | did you mean \"gatewayAddress\"?",
        "''            | authHeader     | did you mean \"authHeaderName\"?",
        "''            | apikey         | did you mean \"apiKeys\"?",
        "''            | healthCheckEndpoint | it belongs into \"loadBalancer\": move it there",
        "''            | ENABLED        | it belongs into \"rateLimit\" or \"metrics\"",
        "''            | maxRequest     | did you mean \"maxRequests\" in \"rateLimit\"?",
        "''            | colour         | correct or remove it; the top level has ollamaAddresses,",
        "rateLimit     | endpoint       | it belongs into \"metrics\" or \"tracing\": move it"
            + " there",
        "rateLimit     | logging        | it belongs into the top level: move it there",
        "security      | alowIps        | did you mean \"allowIps\"?",
        "security      | allowIPS2      | did you mean \"allowIps\"?",
        "security      | timeouts       | it belongs into the top level: move it there",
        "timeouts      | color          | \"timeouts\" has headSeconds, keepAliveSeconds,",
        "limits        | bodybyte       | did you mean \"bodyBytes\"?",
        "limits        | $schema        | unknown setting",
      })
  void anUnknownNameGetsAHint(String block, String name, String hint) {
    String member = "→\"" + name + "\": 1";
    assertProblem(
        with(block.isEmpty() ? member : "\"" + block + "\": {" + member + "}"),
        (block.isEmpty() ? "" : block + ".") + name,
        hint);
  }

  @Test
  void aLongOrUnprintableNameIsShownInAUsefulWay() {
    assertProblem(with("→\"a\\nb\": 1"), "a?b", "unknown setting");
    assertProblem(with("→\"" + "x".repeat(99) + "\": 1"), "x".repeat(64) + "…", "unknown setting");
  }

  @Test
  void namesMatchWithoutRegardToCaseWithAWarning() {
    GatewayConfig config =
        assertWarning(
            "{→\"OllamaAddresses\": [\"http://localhost:11434\"]}",
            "ollamaAddresses",
            "this is spelled \"ollamaAddresses\"");
    assertEquals(1, config.ollamaAddresses().size());

    config =
        assertWarning(
            with("\"metrics\": {→\"ENABLED\": true}"), "metrics.enabled", "spelled \"enabled\"");
    assertTrue(config.metrics().enabled());
  }

  @Test
  void nothingIsSetTwice() {
    assertProblem(with("\"logging\": true,\n →\"logging\": true"), "logging", "set twice");
    assertProblem(
        with("\"rateLimit\": {\"enabled\": true, →\"Enabled\": false}"),
        "rateLimit.enabled",
        "set twice");
  }

  @Test
  void theSchemaForEditorsIsAText() {
    String path = "$schema";
    for (String text : List.of("\"\"", "\"./config.schema.json\"", "\"${UNSET}\"", "null")) {
      config(with("\"$schema\": " + text));
    }
    assertProblem(
        with("\"$schema\": →1"), path, "expected a text in double quotes, found a number");
    assertProblem(with("\"$schema\": →true"), path, "expected a text in double quotes, found true");
    assertProblem(with("\"$schema\": →{}"), path, "expected a text in double quotes, found an");
    assertProblem(with("\"$schema\": →[\"x\"]"), path, "double quotes, found a list");
    assertProblem(with("\"$schema\": \"a\", →\"$schema\": \"b\""), path, "set twice");
    assertProblem(with("→\"$Schema\": \"a\""), "$Schema", "unknown setting");
  }

  @Test
  void atLeastOneAddressIsNeeded() {
    assertProblem("→{}", "ollamaAddresses", "expected at least one Ollama server");
    assertProblem("→{\"ollamaAddresses\": null}", "ollamaAddresses", "at least one");
    assertProblem("→{\"ollamaAddresses\": []}", "ollamaAddresses", "at least one");
    assertProblem(
        "{\"ollamaAddresses\": →\"http://localhost\"}", "ollamaAddresses", "put [ ] around it");
    assertProblem("{\"ollamaAddresses\": →{}}", "ollamaAddresses", "expected a list");
    assertProblem("{\"ollamaAddresses\": [→null]}", "ollamaAddresses[0]", "found null");
  }

  @Test
  void anAddressThatIsThereTwiceIsDroppedWithAWarning() {
    GatewayConfig config =
        assertWarning(
            "{\"ollamaAddresses\": [\"http://a:80\", \"http://b\",\n →\"http://A/\"]}",
            "ollamaAddresses[2]",
            "in the list already");

    assertEquals("[http://a:80, http://b:80]", config.ollamaAddresses().toString());
  }

  @Test
  void anAddressIsNeverShown() {
    for (String address :
        List.of(
            "http://u:hunter2@host", "http://host?key=hunter2", "hunter2", "http://h:hunter2")) {
      ConfigException e = refused("{\"ollamaAddresses\": [\"" + address + "\"]}");

      assertEquals(1, e.problems().size());
      assertFalse(e.getMessage().contains("hunter2"), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "X Y",
        "X:",
        "Ä",
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Origin",
        "X-Real-IP",
        "Max-Forwards"
      })
  void theHeaderOfTheKeyIsATokenThatIsFree(String name) {
    assertProblem(with("\"authHeaderName\": →\"" + name + "\""), "authHeaderName", "Authorization");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.300", "10.0.0.0/33", "::1/129", "example.org", "10.0.0", ""})
  void aBadRangeIsNamed(String range) {
    assertProblem(
        with("\"security\": {\"allowIps\": [\"::1\", →\"" + range + "\"]}"),
        "security.allowIps[1]",
        "\"" + range + "\": ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "metrics",
        "/",
        "/config/x",
        "/gateway/live",
        "/gateway/ready",
        "/gateway",
        "/Gateway/x",
        "/k/x",
        "/K",
        "/a//b",
        "/api/metrics",
        "/v1/metrics",
        "/api",
        "/m?x",
        "/m#x",
        "/a b",
        "/../x"
      })
  void theMetricsHaveAPathOfTheirOwn(String path) {
    assertProblem(with("\"metrics\": {\"endpoint\": →\"" + path + "\"}"), "metrics.endpoint", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0gateway", "gate-way", "gate way", "gäteway"})
  void theNamespaceIsAName(String namespace) {
    assertProblem(
        with("\"metrics\": {\"namespace\": →\"" + namespace + "\"}"),
        "metrics.namespace",
        "letters, digits and underscores");
  }

  @ParameterizedTest
  @ValueSource(strings = {"health", "/a b", "/a#b", "/a?b c", "http://host/", "/%zz"})
  void theHealthCheckHasAPath(String path) {
    assertProblem(
        with("\"loadBalancer\": {\"healthCheckEndpoint\": →\"" + path + "\"}"),
        "loadBalancer.healthCheckEndpoint",
        "");
  }

  @Test
  void aBlockIsAnObject() {
    assertProblem(with("\"metrics\": →true"), "metrics", "expected an object in { }, found true");
  }

  @Test
  void aRateLimitThatNobodySwitchedOnIsAWarning() {
    GatewayConfig config =
        assertWarning(
            with("\"rateLimit\": {\"maxRequests\": →10}"), "rateLimit.enabled", "no rate limit");

    assertFalse(config.rateLimit().enabled());
    config(with("\"rateLimit\": {\"maxRequests\": 10, \"enabled\": false}"));
  }

  @Test
  void aByteOrderMarkIsNotCounted() {
    ConfigProblem problem =
        refused("\ufeff{" + SettingsFile.ADDRESSES + ", \"x\": 1}").problems().getFirst();

    assertEquals("1:49", problem.line() + ":" + problem.column());
  }

  @Test
  void everyKindOfLineEndIsCounted() {
    String json = "{\r\n\r\n" + SettingsFile.ADDRESSES + ",\r\"x\": 1,\n \"y\": 1}";

    assertEquals(
        List.of("4:1", "5:2"),
        refused(json).problems().stream().map(p -> p.line() + ":" + p.column()).toList());
  }
}
