package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.load;
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

final class EnvironmentTest {
  private static final Map<String, String> VARIABLES =
      Map.of("NAME", "value", "_n2", "second", "EMPTY", "", "NESTED", "${NAME} $${ $1 \\");

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "plain, plain",
        "$5, $5",
        "$NAME, $NAME",
        "${NAME}, value",
        "a-${NAME}-${_n2}-b, a-value-second-b",
        "${NAME}${NAME}, valuevalue",
        "[${EMPTY}], []",
        "$${NAME}, ${NAME}",
        "$$${NAME}, $${NAME}",
        "$$NAME, $$NAME",
        "${NESTED}, ${NAME} $${ $1 \\",
      })
  void isPutInOnce(String text, String expanded) {
    assertEquals(
        expanded,
        new Environment(VARIABLES)
            .expand(
                text,
                message -> {
                  throw new AssertionError(message);
                }));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "${NAME}", "$${NAME}", "$$${", "${", "a$${b${c}", "$"})
  void whatIsEscapedComesBackAsItWas(String text) {
    assertEquals(
        text,
        new Environment(VARIABLES)
            .expand(
                Environment.escape(text),
                message -> {
                  throw new AssertionError(message);
                }));
  }

  @Test
  void everyTextMayHaveOne() {
    String json =
        """
        {
          "ollamaAddresses": ["http://${HOST}:11434"],
          "gatewayAddress": ":${PORT}",
          "apiKeys": ["${KEY}", {"name": "${WHO}", "sha256": "${DIGEST}"}],
          "security": {"allowIps": ["${NET}/8"]},
          "metrics": {"namespace": "${WHO}"}
        }
        """;
    ApiKey other = ApiKey.ofPlain("me", "other", false);

    GatewayConfig config =
        load(
                json,
                Map.of(
                    "HOST",
                    "gpu",
                    "PORT",
                    "81",
                    "KEY",
                    "k==",
                    "WHO",
                    "me",
                    "NET",
                    "10.0.0.0",
                    "DIGEST",
                    other.sha256()))
            .config();

    assertEquals("[http://gpu:11434]", config.ollamaAddresses().toString());
    assertEquals(List.of(new ListenAddress("", "", 81)), config.gatewayAddress());
    assertEquals(List.of(ApiKey.ofText("key-1", "k"), other), config.apiKeys());
    assertEquals(List.of(AddressRange.parse("10.0.0.0/8")), config.security().allowIps());
    assertEquals("me", config.metrics().namespace());
  }

  @Test
  void anUnsetOneIsAProblemAndAllAreNamed() {
    List<String> problems =
        refused(with("\"apiKeys\": [\n\"${ONE}-${TWO}\", \"${ NAME }\", \"${NAME\"]"), VARIABLES)
            .getMessage()
            .lines()
            .toList();

    assertEquals(4, problems.size());
    assertTrue(
        problems.get(0).startsWith("config.json:4:1: apiKeys[0]: the environment variable ONE"));
    assertTrue(problems.get(1).contains("variable TWO isn't set"), problems.get(1));
    assertTrue(problems.get(2).startsWith("config.json:4:18: apiKeys[1]: after ${ stand"));
    assertTrue(problems.get(3).startsWith("config.json:4:31: apiKeys[2]: after ${ stand"));
  }

  @Test
  void whatIsPutInIsNotShown() {
    Map<String, String> secret = Map.of("SECRET", "hunter2\n");
    for (String members :
        List.of(
            "\"apiKeys\": [\"${SECRET}\"]",
            "\"apiKeys\": [{\"name\": \"${SECRET}\", \"sha256\": \"${SECRET}\"}]",
            "\"security\": {\"denyIps\": [\"${SECRET}\"]}",
            "\"gatewayAddress\": \"${SECRET}\"",
            "\"authHeaderName\": \"${SECRET}\"",
            "\"metrics\": {\"endpoint\": \"${SECRET}\", \"namespace\": \"${SECRET}\"}",
            "\"loadBalancer\": {\"healthCheckEndpoint\": \"${SECRET}\"}")) {
      ConfigException e = refused(with(members), secret);

      assertFalse(e.getMessage().contains("hunter2"), e.getMessage());
    }
  }

  @Test
  void whatShortTextsNameOftenIsBounded() {
    Map<String, String> long100 = Map.of("A", "x".repeat(100_000));

    List<String> problems =
        refused(with("\"apiKeys\": [\"" + "${A}".repeat(10_000) + "\", \"${A}\"]"), long100)
            .getMessage()
            .lines()
            .toList();

    assertEquals(2, problems.size());
    for (String problem : problems) {
      assertTrue(problem.contains("this text is longer than 65536 characters"), problem);
    }
  }

  @Test
  void whatManyTextsNameIsBounded() {
    Map<String, String> long60 = Map.of("A", "x".repeat(60_000));
    String texts = "\"${A}\", ".repeat(1_200);

    String message = refused(with("\"apiKeys\": [" + texts + "\"a\"]"), long60).getMessage();

    assertTrue(
        message.contains("apiKeys[1118]: with their variables put in, the texts up to here"),
        message);
    assertFalse(message.contains("apiKeys[1117]"), message);
  }

  @Test
  void aTextMayBeAsLongWithVariablesAsWithout() {
    String value = "x".repeat(JsonParsing.TEXT_LENGTH_MAX - 1);

    assertEquals(
        1, load(with("\"apiKeys\": [\"k${A}\"]"), Map.of("A", value)).config().apiKeys().size());
  }

  @Test
  void anEmptyOneIsNoKey() {
    ConfigException e = refused(with("\"apiKeys\": [\"${EMPTY}\"]"), VARIABLES);

    assertTrue(e.getMessage().contains("a key can't be empty"), e.getMessage());
  }
}
