package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DefaultsTest {
  private static final List<OllamaServer> LOCAL =
      List.of(OllamaServer.ofPlain(new UpstreamAddress("localhost", 11434, "")));

  @Test
  void aFileWithNothingButAddressesHasTheDefaults() {
    GatewayConfig config = config("{\"ollamaAddresses\": [\"http://localhost:11434\"]}");

    assertEquals(GatewayConfig.defaults(LOCAL), config);
  }

  @Test
  void everyDefaultIsAsDocumented() {
    GatewayConfig config = GatewayConfig.defaults(LOCAL);

    assertEquals(
        new GatewayConfig(
            LOCAL,
            new LoadBalancerConfig("soonest", 5, 30, "/", 5000, 2000),
            List.of(new ListenAddress("", "0.0.0.0", 8080)),
            new TlsConfig(List.of(), List.of(), false, "", AcmeConfig.defaults()),
            "auto",
            false,
            new AccessLogConfig("off", "", 104_857_600),
            true,
            "Authorization",
            List.of(),
            "",
            new UsageConfig(400, 100_000),
            Map.of(),
            30,
            new QueueConfig(512, 3600),
            new HeartbeatConfig(0),
            new RateLimitConfig(100, 60, false),
            new SecurityConfig(List.of(), List.of(), false, 600, List.of(), false),
            new CorsConfig(List.of(), List.of(), List.of(), 600),
            new MetricsConfig(false, "/metrics", "gateway", false, List.of()),
            new StatusPageConfig(true, 60, 50),
            new TracingConfig("", "", 100, 100, Map.of(), 2048),
            new SharedConfig("", false, "", "", "", "", "ollama-gateway:", 200, "local"),
            new TimeoutsConfig(10, 75, 60, 60, 3000, 3600, 600, 30, 30, 60),
            new LimitsConfig(
                32 * 1024,
                100,
                8 * 1024,
                256L * 1024 * 1024,
                1024L * 1024 * 1024 * 1024,
                1024 * 1024,
                32 * 1024 * 1024,
                10_000,
                1000,
                100_000,
                16,
                512)),
        config);
  }

  @Test
  void nullMeansTheDefaultEverywhere() {
    String json =
        """
        {
          "ollamaAddresses": ["http://localhost:11434"],
          "loadBalancer": {
            "healthCheckIntervalInSeconds": null,
            "healthCheckEndpoint": null,
            "healthCheckTimeoutInMilliseconds": null
          },
          "gatewayAddress": null,
          "io": null,
          "logging": null,
          "watchConfig": null,
          "authHeaderName": null,
          "apiKeys": null,
          "rateLimit": {"maxRequests": null, "timeWindowSeconds": null, "enabled": null},
          "security": {"allowIps": null, "denyIps": null, "keyInPath": null},
          "metrics": {"enabled": null, "endpoint": null, "namespace": null},
          "timeouts": {"headSeconds": null, "drainSeconds": null},
          "limits": {"headBytes": null, "blobBytes": null}
        }
        """;

    assertEquals(GatewayConfig.defaults(LOCAL), config(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"loadBalancer", "rateLimit", "security", "metrics", "timeouts", "limits"})
  void aBlockMayBeNullOrEmpty(String block) {
    assertEquals(GatewayConfig.defaults(LOCAL), config(with("\"" + block + "\": null")));
    assertEquals(GatewayConfig.defaults(LOCAL), config(with("\"" + block + "\": {}")));
  }

  @Test
  void aRateLimitThatIsSwitchedOnHasDefaultNumbers() {
    GatewayConfig config = config(with("\"rateLimit\": {\"enabled\": true}"));

    assertEquals(new RateLimitConfig(100, 60, true), config.rateLimit());
  }

  @Test
  void metricsThatAreSwitchedOnHaveDefaultNames() {
    GatewayConfig config = config(with("\"metrics\": {\"enabled\": true}"));

    assertEquals(
        new MetricsConfig(true, "/metrics", "gateway", false, List.of()), config.metrics());
  }
}
