package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.assertWarning;
import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries of {@code ollamaAddresses}: addresses, and objects that say more. */
final class OllamaServersTest {
  private static final UpstreamAddress GPU = UpstreamAddress.parse("http://gpu:1");

  @Test
  void anEntryIsAnAddressOrAnObject() {
    GatewayConfig config =
        config(
            """
            {"ollamaAddresses": ["http://a:1", {"url": "http://b:2"}, {
              "url": "http://c:3/base", "name": "c", "parallel": 4, "maxLoadedModels": 2,
              "weight": 1.5, "headers": {"Authorization": "Bearer x", "X-Tenant": "y"},
              "models": ["llama*", "Tiny"]
            }]}
            """);

    List<OllamaServer> servers = config.ollamaAddresses();
    assertEquals("[http://a:1, http://b:2, c (http://c:3/base)]", servers.toString());
    assertEquals(OllamaServer.ofPlain(UpstreamAddress.parse("http://b:2")), servers.get(1));
    OllamaServer c = servers.get(2);
    assertEquals(4, c.parallel());
    assertEquals(2, c.maxLoadedModels());
    assertEquals(1.5, c.weight());
    assertEquals("{Authorization=Bearer x, X-Tenant=y}", c.headers().toString());
    assertEquals("[llama*, tiny:latest]", c.models().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"name\": \"other\"",
        "\"parallel\": 2",
        "\"maxLoadedModels\": 2",
        "\"weight\": 2",
        "\"headers\": {\"X-Tenant\": \"y\"}",
        "\"models\": [\"tiny\"]",
        "\"ca\": \"ca.pem\"",
        "\"clientCertificate\": \"client.pem\", \"clientKey\": \"client.key\""
      })
  void entriesThatDifferInOneThingAreNotEqual(String thing) {
    String plain = "\"url\": \"https://gpu\"";
    assertNotEquals(
        config(of(plain)).ollamaAddresses(), config(of(plain + ", " + thing)).ollamaAddresses());
  }

  @Test
  void nullIsTheDefaultOfAllButTheUrl() {
    assertEquals(
        List.of(OllamaServer.ofPlain(GPU)),
        config(
                of(
                    "\"url\": \"http://gpu:1\", \"name\": null, \"parallel\": null,"
                        + " \"maxLoadedModels\": null, \"weight\": null, \"headers\": null,"
                        + " \"models\": null"))
            .ollamaAddresses());
    assertProblem(of("→", "\"url\": null"), "ollamaAddresses[0].url", "this is missing");
  }

  @Test
  void whoHasNoNameIsCalledByHostAndPort() {
    assertEquals(
        List.of("a:80", "[::1]:2"), names("\"http://A/x\", {\"url\": \"http://[::1]:2\"}"));
  }

  @Test
  void whereThatIsNotEnoughThePathIsAdded() {
    assertEquals(
        List.of("a:80/x", "a:80", "b:80", "c"),
        names(
            "\"http://a/x\", \"http://a\", {\"url\": \"http://b/x\"},"
                + " {\"url\": \"http://b/y\", \"name\": \"c\"}"));
  }

  @Test
  void noTwoServersHaveOneName() {
    assertProblem(
        "{\"ollamaAddresses\": [{\"url\": \"http://a\", \"name\": \"x\"},\n"
            + " {\"url\": \"http://b\", \"name\": →\"x\"}]}",
        "ollamaAddresses[1].name",
        "another server has this name: choose another");
    assertProblem(
        "{\"ollamaAddresses\": [→{\"url\": \"http://b\"},"
            + " {\"url\": \"http://a\", \"name\": \"b:80\"}]}",
        "ollamaAddresses[0]",
        "another server was given the name that this one has without one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu-1", "A.b_c:9/[x]", "[::1]:11434", "..a", "a/b"})
  void namesMayHaveWhatAddressesHave(String name) {
    assertEquals(List.of(name), names("{\"url\": \"http://a\", \"name\": \"" + name + "\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ä", "a%20", "a?", "a#", "a\\n", "a,b"})
  void namesHaveNothingElse(String name) {
    assertProblem(
        of("\"url\": \"http://a\", \"name\": →\"" + name + "\""),
        "ollamaAddresses[0].name",
        "a name has 1 to 128 letters, digits and the characters . _ - : / [ ]");
    assertProblem(
        of("\"url\": \"http://a\", \"name\": →\"" + "a".repeat(129) + "\""),
        "ollamaAddresses[0].name",
        "a name has 1 to 128");
  }

  @Test
  void noServerIsCalledAll() {
    assertProblem(
        of("\"url\": \"http://a\", \"name\": →\"all\""),
        "ollamaAddresses[0].name",
        "a server can't be called all, which names every server");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "a/../b", "a/.", "/a", "a/", "a//b", "/"})
  void namesCanStandInPaths(String name) {
    assertProblem(
        of("\"url\": \"http://a\", \"name\": →\"" + name + "\""),
        "ollamaAddresses[0].name",
        "since it stands in paths");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parallel        | -1     | expected a whole number from 0 to 1024 (0: not known), found"
            + " -1",
        "parallel        | 1025   | expected a whole number from 0 to 1024 (0: not known)",
        "parallel        | \"4\"  | write 4 without quotes",
        "parallel        | 1.5    | without a fraction",
        "maxLoadedModels | 1025   | expected a whole number from 0 to 1024 (0: not known)",
        "weight          | 0      | expected a number above 0 and at most 1000, found 0",
        "weight          | -1     | expected a number above 0 and at most 1000, found -1",
        "weight          | 1000.1 | expected a number above 0 and at most 1000, found 1000.1",
        "weight          | 1e-999 | expected a number above 0 and at most 1000",
        "weight          | \"2\"  | found a text: write it without quotes",
        "weight          | true   | found true",
        "headers         | []     | expected an object in { }, found a list",
        "models          | \"a\"  | expected a list, found a text: put [ ] around it",
        "url             | 1      | expected a text in double quotes, found a number",
        "url             | \"x\"  | an address starts with http://",
      })
  void whatASettingCannotBeIsToldAtItsPlace(String name, String json, String message) {
    String url = name.equals("url") ? "" : "\"url\": \"http://a\", ";
    assertProblem(of(url + "\"" + name + "\": →" + json), "ollamaAddresses[0]." + name, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.001", "1", "1000", "1e3", "2.5"})
  void aWeightIsAnyNumberAboveNothing(String weight) {
    double read =
        config(of("\"url\": \"http://a\", \"weight\": " + weight))
            .ollamaAddresses()
            .getFirst()
            .weight();
    assertEquals(Double.parseDouble(weight), read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "TE",
        "Upgrade",
        "Via",
        "X-Forwarded-For",
        "X-Request-Id",
        "Proxy-Authorization",
        "Accept",
        "Content-Type"
      })
  void headersThatHaveAnotherMeaningAreRefused(String name) {
    assertProblem(
        of("\"url\": \"http://a\", \"headers\": {→\"" + name + "\": \"x\"}"),
        "ollamaAddresses[0].headers",
        "the header " + name + " has a meaning in HTTP");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:", "ä", "a\\u0000"})
  void aHeadersNameIsAToken(String name) {
    assertProblem(
        of("\"url\": \"http://a\", \"headers\": {→\"" + name + "\": \"x\"}"),
        "ollamaAddresses[0].headers",
        "a header's name has 1 to 64 letters, digits and dashes");
  }

  @Test
  void aHeaderIsThereOnce() {
    assertProblem(
        of("\"url\": \"http://a\", \"headers\": {\"X-A\": \"x\", →\"x-a\": \"y\"}"),
        "ollamaAddresses[0].headers.x-a",
        "this header is there twice: keep one of them");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''             | can't be empty",
        "a\\r\\nHost: b | can't have control characters",
        "a\\n           | can't have control characters (is there a line break at its end?)",
        "a\\u0000       | can't have control characters",
        "a\\u007f       | can't have control characters",
        "' a'           | can't start or end with a space",
        "a\\u20ac       | characters of Latin-1 only",
      })
  void aHeadersValueIsWhatAHeaderCanCarry(String value, String message) {
    assertProblem(
        of("\"url\": \"http://a\", \"headers\": {\"X-A\": →\"" + value + "\"}"),
        "ollamaAddresses[0].headers.X-A",
        message);
  }

  @Test
  void headersHaveABoundTogether() {
    String big = "\"X-A\": \"" + "a".repeat(9000) + "\", \"X-B\": \"" + "b".repeat(9000) + "\"";
    assertProblem(
        of("\"url\": \"http://a\", \"headers\": →{" + big + "}"),
        "ollamaAddresses[0].headers",
        "a server has at most 32 headers of together 16384 characters: remove some");
  }

  @Test
  void aHeadersValueMayComeFromTheEnvironment() {
    Loaded loaded =
        load(
            of("\"url\": \"http://a\", \"headers\": {\"Authorization\": \"Bearer ${TOKEN}\"}"),
            Map.of("TOKEN", "hunter2"));

    OllamaServer server = loaded.config().ollamaAddresses().getFirst();
    assertEquals(Map.of("Authorization", "Bearer hunter2"), server.headers());
  }

  @Test
  void aHeadersValueIsNeverShown() {
    String json = of("\"url\": \"http://a\", \"headers\": {\"X-A\": \"hunter2\"}");
    assertFalse(config(json).toString().contains("hunter2"), config(json).toString());

    for (String headers :
        List.of(
            "{\"X-A\": \"hunter2\\n\"}",
            "{\"X-A\": \"hunter2 \"}",
            "{\"Host\": \"hunter2\"}",
            "{\"Bearer hunter2\": \"Authorization\"}",
            "\"hunter2\"",
            "{\"X-A\": [\"hunter2\"]}")) {
      String message = refused(of("\"url\": \"http://a\", \"headers\": " + headers)).getMessage();
      assertFalse(message.contains("hunter2"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:b:c*", "/x*", "a/b/c/d/e*"})
  void aPatternThatFitsNoModelIsRefused(String pattern) {
    assertProblem(
        of("\"url\": \"http://a\", \"models\": [\"ok\", →\"" + pattern + "\"]"),
        "ollamaAddresses[0].models[1]",
        "expected a model's name, in which * stands for any characters of one part");
  }

  @Test
  void anUnknownNameGetsAHint() {
    assertProblem(
        of("\"url\": \"http://a\", →\"paralel\": 1"),
        "ollamaAddresses[0].paralel",
        "did you mean \"parallel\"?");
    assertProblem(
        of("\"url\": \"http://a\", →\"colour\": true"),
        "ollamaAddresses[0].colour",
        "an entry of ollamaAddresses has url, name, parallel, maxLoadedModels, weight, headers,");
  }

  @Test
  void everyProblemOfAnEntryIsToldAtOnce() {
    ConfigException e =
        refused(of("\"name\": \"a b\", \"parallel\": -1, \"weight\": 0, \"models\": [\"a b\"]"));

    assertEquals(
        List.of(
            "ollamaAddresses[0].url",
            "ollamaAddresses[0].name",
            "ollamaAddresses[0].parallel",
            "ollamaAddresses[0].weight",
            "ollamaAddresses[0].models[0]"),
        e.problems().stream().map(ConfigProblem::path).toList());
  }

  @Test
  void aServerThatIsThereTwiceIsAWarningInEitherForm() {
    GatewayConfig config =
        assertWarning(
            "{\"ollamaAddresses\": [{\"url\": \"http://a\", \"parallel\": 2},\n"
                + " →\"http://a:80/\"]}",
            "ollamaAddresses[1]",
            "in the list already");

    assertEquals(1, config.ollamaAddresses().size());
    assertEquals(2, config.ollamaAddresses().getFirst().parallel());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https | \"clientCertificate\": \"a\"                      | go together",
        "https | \"clientKey\": \"a\"                              | go together",
      })
  void whatIsForTlsGoesTogether(String scheme, String members, String why) {
    String json = "{\"ollamaAddresses\": [{\"url\": \"" + scheme + "://a\", " + members + "}]}";
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> new ConfigLoader(Map.of()).parse("test", json.getBytes(StandardCharsets.UTF_8)));
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
  }

  @Test
  void whatIsForTlsIsDoubtfulWithoutIt() {
    assertWarning(
        of("\"url\": \"http://a\", \"ca\": →\"a.pem\""),
        "ollamaAddresses[0].ca",
        "this is for TLS");
  }

  @Test
  void recordsCheckThemselves() {
    OllamaServer plain = OllamaServer.ofPlain(GPU);
    assertThrows(IllegalArgumentException.class, () -> plain.withName("a b"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new OllamaServer(GPU, "a", 0, 0, 0, Map.of(), List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new OllamaServer(GPU, "a", 0, 0, Double.NaN, Map.of(), List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new OllamaServer(GPU, "a", 0, 0, 1, Map.of("Host", "x"), List.of()));
    IllegalArgumentException twice =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                GatewayConfig.defaults(
                    List.of(
                        plain.withName("a"),
                        OllamaServer.ofPlain(UpstreamAddress.parse("http://b")).withName("a"))));
    assertTrue(String.valueOf(twice.getMessage()).contains("the name a"));
  }

  private static List<String> names(String entries) {
    return config("{\"ollamaAddresses\": [" + entries + "]}").ollamaAddresses().stream()
        .map(OllamaServer::name)
        .toList();
  }

  /** A file with one server of these members. */
  private static String of(String members) {
    return of("", members);
  }

  private static String of(String before, String members) {
    return "{\"ollamaAddresses\": [" + before + "{" + members + "}]}";
  }
}
