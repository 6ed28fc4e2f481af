package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GatewayConfigTest {
  private static final OllamaServer LOCAL =
      OllamaServer.ofPlain(new UpstreamAddress("localhost", 11434, ""));

  @Test
  void needsAnAddressAndNoneTwice() {
    assertThrows(IllegalArgumentException.class, () -> GatewayConfig.defaults(List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> GatewayConfig.defaults(List.of(LOCAL, LOCAL)));
  }

  @Test
  void needsDistinctNamesAndAHeaderThatIsFree() {
    List<ApiKey> twins = List.of(ApiKey.ofPlain("a", "1", false), ApiKey.ofPlain("a", "2", false));

    assertThrows(IllegalArgumentException.class, () -> config(twins, "Authorization"));
    assertThrows(IllegalArgumentException.class, () -> config(List.of(), "Host"));
  }

  @Test
  void keepsItsOwnLists() {
    List<OllamaServer> addresses = new ArrayList<>(List.of(LOCAL));
    GatewayConfig config = GatewayConfig.defaults(addresses);
    addresses.clear();

    assertEquals(List.of(LOCAL), config.ollamaAddresses());
  }

  private static GatewayConfig config(List<ApiKey> keys, String header) {
    return GatewayConfig.defaults(List.of(LOCAL))
        .draft()
        .apiKeys(keys)
        .authHeaderName(header)
        .build();
  }
}
