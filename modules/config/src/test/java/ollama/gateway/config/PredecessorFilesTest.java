package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.load;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Files that ran the predecessor are read as they are. */
final class PredecessorFilesTest {

  @Test
  void itsSampleWithoutLoadBalancerIsRead() {
    String json =
        """
        {
            "ollamaAddresses": [
                "http://localhost:11434/",
                "http://192.168.1.20:11434"
            ],
            "gatewayAddress": "0.0.0.0:8080",
            "logging": true,
            "authHeaderName": "Authorization",
            "apiKeys": ["YWJjZA==", "other-key"],
            "rateLimit": {
                "maxRequests": 60,
                "timeWindowSeconds": 60,
                "enabled": true
            },
            "security": {
                "allowIps": ["127.0.0.1"],
                "denyIps": []
            },
            "metrics": {
                "enabled": true,
                "endpoint": "/metrics",
                "namespace": "gateway"
            }
        }
        """;

    GatewayConfig config = config(json);

    assertEquals(
        "[http://localhost:11434, http://192.168.1.20:11434]", config.ollamaAddresses().toString());
    assertEquals(LoadBalancerConfig.defaults(), config.loadBalancer());
    assertEquals(
        List.of(ApiKey.ofText("key-1", "YWJjZA"), ApiKey.ofText("key-2", "other-key")),
        config.apiKeys());
    assertEquals(new RateLimitConfig(60, 60, true), config.rateLimit());
  }

  @Test
  void whatItsNewKeyMadeOfMissingSettingsIsTheDefault() {
    String json =
        """
        {
          "ollamaAddresses": ["http://localhost:11434"],
          "loadBalancer": {
            "healthCheckIntervalInSeconds": 0,
            "healthCheckEndpoint": "",
            "healthCheckTimeoutInMilliseconds": 0
          },
          "gatewayAddress": "0.0.0.0:8080",
          "logging": false,
          "authHeaderName": "Authorization",
          "apiKeys": ["minted"],
          "rateLimit": {
            "maxRequests": 0,
            "timeWindowSeconds": 0,
            "enabled": false
          },
          "security": {
            "allowIps": null,
            "denyIps": null
          },
          "metrics": {
            "enabled": false,
            "endpoint": "",
            "namespace": ""
          }
        }
        """;

    GatewayConfig config = config(json);

    assertEquals(LoadBalancerConfig.defaults(), config.loadBalancer());
    assertEquals(SecurityConfig.defaults(), config.security());
    assertEquals(MetricsConfig.defaults(), config.metrics());
    assertEquals(new RateLimitConfig(0, 0, false), config.rateLimit());
  }

  @Test
  void namesInAnyCaseAreRead() {
    String json =
        """
        {
          "OllamaAddresses": ["http://localhost:11434"],
          "apikeys": ["key"],
          "security": {"allowIPs": ["::1"], "DENYIPS": null}
        }
        """;

    Loaded loaded = load(json);

    assertEquals(1, loaded.config().apiKeys().size());
    assertEquals(List.of(AddressRange.parse("::1")), loaded.config().security().allowIps());
    assertEquals(
        List.of(
            "config.json:2:3: ollamaAddresses: this is spelled \"ollamaAddresses\": correct its"
                + " case",
            "config.json:3:3: apiKeys: this is spelled \"apiKeys\": correct its case",
            "config.json:4:16: security.allowIps: this is spelled \"allowIps\": correct its case",
            "config.json:4:37: security.denyIps: this is spelled \"denyIps\": correct its case"),
        SettingsFile.warnings(loaded).stream().map(w -> w.format("config.json")).toList());
  }
}
