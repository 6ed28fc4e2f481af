package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;

/** Settings with the key {@code sekret}, of a key named alice, and one server. */
final class TestSettings {

  static final String KEY = "sekret";

  /** No server here speaks it. */
  static final ServerTls NO_TLS =
      server -> {
        throw new AssertionError("asked for TLS to " + server);
      };

  static final UpstreamAddress SERVER = new UpstreamAddress("10.1.2.3", 11434, "");

  private TestSettings() {}

  static Settings plain() {
    return of("Authorization", false);
  }

  static Settings keyInPath() {
    return of("Authorization", true);
  }

  static Settings before(UpstreamAddress server) {
    return of("Authorization", false, server, KEY);
  }

  static Settings ofKey(String key) {
    return of("Authorization", false, SERVER, key);
  }

  /** Those of a key whose requests are of this class. */
  static Settings ofPriority(String priority) {
    String digest = ApiKey.ofPlain("alice", KEY, false).sha256();
    return ofJson(
        "{\"ollamaAddresses\": [\"http://10.1.2.3:11434\"]}",
        new ApiKey("alice", digest, false, priority));
  }

  static Settings of(String authHeaderName, boolean keyInPath) {
    return of(authHeaderName, keyInPath, SERVER, KEY);
  }

  private static Settings of(
      String authHeaderName, boolean keyInPath, UpstreamAddress server, String key) {
    return ofJson(
        """
        {
          "ollamaAddresses": ["%s"],
          "authHeaderName": "%s",
          "security": {"keyInPath": %s},
          "metrics": {"enabled": true, "endpoint": "/numbers"}
        }
        """
            .formatted(server, authHeaderName, keyInPath),
        alice(key));
  }

  /** Those that a file says, with the key besides. */
  static Settings ofJson(String json) {
    return ofJson(json, alice(KEY));
  }

  /** The same of one of several gateways. */
  static Settings sharing(String json, SharedCounts limits) {
    return Settings.of(
        parse(json).draft().apiKeys(List.of(alice(KEY))).build(),
        NO_TLS,
        (changed, up, why) -> {},
        Ledger.inMemory(Bounds.DEFAULT, InstantSource.system()),
        Optional.of(limits));
  }

  private static ApiKey alice(String key) {
    return ApiKey.ofText("alice", key);
  }

  private static Settings ofJson(String json, ApiKey key) {
    GatewayConfig config = parse(json).draft().apiKeys(List.of(key)).build();
    return Settings.of(
        config,
        NO_TLS,
        (changed, up, why) -> {},
        Ledger.inMemory(Bounds.DEFAULT, InstantSource.system()));
  }

  private static GatewayConfig parse(String json) {
    try {
      byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
      return new ConfigLoader(Map.of()).parse("test", bytes).config();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
