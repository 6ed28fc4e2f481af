package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesConfigTest {

  private static Loaded load(String security) throws ConfigException {
    String json = "{\"ollamaAddresses\": [\"http://a:1\"], \"security\": {" + security + "}}";
    return new ConfigLoader(Map.of()).parse("test", json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theProxiesAreAddressesAndRanges() throws Exception {
    SecurityConfig security =
        load("\"trustedProxies\": [\"127.0.0.1\", \"10.0.0.0/8\", \"::1\"]").config().security();

    assertEquals(
        List.of(
            AddressRange.parse("127.0.0.1"),
            AddressRange.parse("10.0.0.0/8"),
            AddressRange.parse("::1")),
        security.trustedProxies());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"proxyProtocol\": true", "\"proxyProtocol\": true, \"trustedProxies\": []"})
  void theProxyProtocolNeedsProxiesThatAreTrusted(String security) {
    ConfigException refused = assertThrows(ConfigException.class, () -> load(security));

    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("security.proxyProtocol"), message);
    assertTrue(message.contains("security.trustedProxies"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.example", "10.0.0.0/33", "", "loopback"})
  void whatIsNoAddressIsRefused(String proxy) {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> load("\"trustedProxies\": [\"" + proxy + "\"]"));

    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("security.trustedProxies[0]"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "::/0"})
  void trustingEverybodyIsAWarning(String proxy) throws Exception {
    List<ConfigProblem> warnings = load("\"trustedProxies\": [\"" + proxy + "\"]").warnings();

    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().format("test").contains("trusts whoever connects"));
  }
}
