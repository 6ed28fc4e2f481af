package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.RecordComponent;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import ollama.gateway.ollama.ModelOption;
import ollama.gateway.ollama.ModelPattern;
import ollama.gateway.ollama.OptionRule;
import ollama.gateway.ollama.OptionValue;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.RouteGroup;
import org.junit.jupiter.api.Test;

/** The names in the file are a promise to everybody who has one. */
final class NamesTest {

  @Test
  void everySettingIsReadByItsName() {
    String json =
        """
        {
          "$schema": "https://example.org/schema.json",
          "ollamaAddresses": ["http://one:1/", {
            "url": "https://[::1]:2/base/", "name": "two", "parallel": 3, "maxLoadedModels": 4,
            "weight": 0.5, "headers": {"Authorization": "Bearer five"}, "models": ["six*"],
            "ca": "ca.pem", "clientCertificate": "client.pem", "clientKey": "client.key"
          }],
          "loadBalancer": {
            "policy": "round-robin", "modelsIntervalInSeconds": 2,
            "healthCheckIntervalInSeconds": 3,
            "healthCheckEndpoint": "/api/version?x=1",
            "healthCheckTimeoutInMilliseconds": 4,
            "checkAfterSilenceMillis": 105
          },
          "gatewayAddress": ["[::1]:5", "http://:6"],
          "tls": {"certificate": ["cert.pem", "other.pem"], "privateKey": ["key.pem", "other.key"],
            "redirect": true, "clientCertificateAuthority": "clients.pem",
            "acme": {"hosts": ["ONE.example"], "agreeToTerms": true, "email": "a@b.example",
              "directory": "https://acme.example/dir", "challenge": "http-01", "folder": "acme",
              "ca": "acme.pem"}},
          "io": "nio",
          "logging": true,
          "accessLog": {"format": "json", "file": "access.log", "maxBytes": 119},
          "watchConfig": false,
          "authHeaderName": "X-Api-Key",
          "apiKeys": [
            "plain",
            {
              "name": "first",
              "sha256": "2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B",
              "certificate": "first.example",
              "admin": true,
              "disabled": true,
              "expires": "2027-01-31",
              "models": ["llama3*"],
              "endpoints": ["inference", "cloud"],
              "priority": "batch",
              "maxConcurrentRequests": 5,
              "rateLimit": {"maxRequests": 111, "timeWindowSeconds": 112},
              "tokens": {"perMinute": 113, "perDay": 114, "perMonth": 115},
              "options": {"num_ctx": {"min": 1, "max": 118, "default": 117}, "reload": false},
              "allowIps": ["10.0.0.0/8"]
            }
          ],
          "stateDirectory": "/state",
          "usage": {"keepDays": 116, "maxRows": 1170},
          "models": {"gpt-4o": ["qwen3:32b", "qwen3:8b"]},
          "fallbackAfterSeconds": 107,
          "queue": {"maxWaiting": 108, "maxWaitSeconds": 109},
          "heartbeat": {"afterSeconds": 110},
          "rateLimit": {"maxRequests": 6, "timeWindowSeconds": 7, "enabled": true, "by": "key"},
          "security": {
            "allowIps": ["10.0.0.0/8"], "denyIps": ["10.1.2.3", "fd00::/8"], "keyInPath": true,
            "maxFailuresPerMinute": 8, "trustedProxies": ["10.2.0.0/16"], "proxyProtocol": true
          },
          "cors": {"allowedOrigins": ["https://*.example.com"], "allowedMethods": ["POST"],
            "allowedHeaders": ["X-Api-Key"], "maxAgeSeconds": 10},
          "metrics": {"enabled": true, "endpoint": "/stats", "namespace": "ours",
            "requireKey": true, "allowIps": ["10.9.0.0/16"]},
          "statusPage": {"enabled": false, "sessionMinutes": 120, "viewers": 121},
          "tracing": {"endpoint": "https://collector:4318", "ca": "collector.pem", "samplePercent": 21, "maxPerSecond": 22,
            "headers": {"X-Token": "t"}, "queue": 31},
          "shared": {"url": "valkeys://store:6400/3", "tls": true, "ca": "store.pem",
            "clientCertificate": "gateway.pem", "clientKey": "gateway.key", "password": "p", "prefix": "x:",
            "timeoutMillis": 32, "onFailure": "refuse"},
          "timeouts": {
            "headSeconds": 11, "keepAliveSeconds": 12, "bodyIdleSeconds": 13,
            "writeStallSeconds": 14, "connectMillis": 15, "firstByteSeconds": 16,
            "upstreamIdleSeconds": 17, "drainSeconds": 18,
            "lingerSeconds": 19, "tcpKeepAliveSeconds": 20
          },
          "limits": {
            "headBytes": 2100, "fields": 22, "targetBytes": 2300, "bodyBytes": 24,
            "blobBytes": 25, "replayBytes": 26, "questionBytes": 2600, "connections": 27, "connectionsPerAddress": 28,
            "rateLimitedClients": 29, "reservedConnections": 30, "loggedPathBytes": 310
          }
        }
        """;

    assertEquals(
        new GatewayConfig(
            List.of(
                OllamaServer.ofPlain(new UpstreamAddress("one", 1, "")),
                new OllamaServer(
                    new UpstreamAddress("::1", 2, "/base", true),
                    "two",
                    3,
                    4,
                    0.5,
                    Map.of("Authorization", "Bearer five"),
                    List.of(ModelPattern.of("six*").orElseThrow()),
                    "ca.pem",
                    "client.pem",
                    "client.key")),
            new LoadBalancerConfig("round-robin", 2, 3, "/api/version?x=1", 4, 105),
            List.of(new ListenAddress("", "::1", 5), new ListenAddress("http", "", 6)),
            new TlsConfig(
                List.of("cert.pem", "other.pem"),
                List.of("key.pem", "other.key"),
                true,
                "clients.pem",
                new AcmeConfig(
                    List.of("one.example"),
                    true,
                    "a@b.example",
                    "https://acme.example/dir",
                    "http-01",
                    "acme",
                    "acme.pem")),
            "nio",
            true,
            new AccessLogConfig("json", "access.log", 119),
            false,
            "X-Api-Key",
            List.of(
                ApiKey.ofText("key-1", "plain"),
                new ApiKey(
                    "first",
                    ApiKey.ofPlain("first", "secret", true).sha256(),
                    "first.example",
                    true,
                    true,
                    "2027-01-31",
                    List.of(ModelPattern.of("llama3*").orElseThrow()),
                    List.of(RouteGroup.INFERENCE, RouteGroup.CLOUD),
                    "batch",
                    5,
                    new KeyRateLimitConfig(111, 112),
                    new KeyTokensConfig(113, 114, 115),
                    new OptionsPolicy(
                        List.of(
                            new OptionRule(
                                ModelOption.NUM_CTX,
                                Optional.empty(),
                                Optional.of(OptionValue.ofNumber("1")),
                                Optional.of(OptionValue.ofNumber("118")),
                                Optional.of(OptionValue.ofNumber("117")))),
                        false),
                    List.of(AddressRange.parse("10.0.0.0/8")))),
            "/state",
            new UsageConfig(116, 1170),
            Map.of("gpt-4o", List.of("qwen3:32b", "qwen3:8b")),
            107,
            new QueueConfig(108, 109),
            new HeartbeatConfig(110),
            new RateLimitConfig(6, 7, true, "key"),
            new SecurityConfig(
                List.of(AddressRange.parse("10.0.0.0/8")),
                List.of(AddressRange.parse("10.1.2.3"), AddressRange.parse("fd00::/8")),
                true,
                8,
                List.of(AddressRange.parse("10.2.0.0/16")),
                true),
            new CorsConfig(
                List.of(OriginPattern.parse("https://*.example.com")),
                List.of("POST"),
                List.of("X-Api-Key"),
                10),
            new MetricsConfig(
                true, "/stats", "ours", true, List.of(AddressRange.parse("10.9.0.0/16"))),
            new StatusPageConfig(false, 120, 121),
            new TracingConfig(
                "https://collector:4318", "collector.pem", 21, 22, Map.of("X-Token", "t"), 31),
            new SharedConfig(
                "valkeys://store:6400/3",
                true,
                "store.pem",
                "gateway.pem",
                "gateway.key",
                "p",
                "x:",
                32,
                "refuse"),
            new TimeoutsConfig(11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
            new LimitsConfig(2100, 22, 2300, 24, 25, 26, 2600, 27, 28, 29, 30, 310)),
        config(json));
  }

  @Test
  void theNamesOfTheFileAreThoseOfTheRecords() {
    Map<Section, Class<?>> records =
        Map.ofEntries(
            Map.entry(Section.FILE, GatewayConfig.class),
            Map.entry(Section.LOAD_BALANCER, LoadBalancerConfig.class),
            Map.entry(Section.TLS, TlsConfig.class),
            Map.entry(Section.ACME, AcmeConfig.class),
            Map.entry(Section.ACCESS_LOG, AccessLogConfig.class),
            Map.entry(Section.USAGE, UsageConfig.class),
            Map.entry(Section.QUEUE, QueueConfig.class),
            Map.entry(Section.HEARTBEAT, HeartbeatConfig.class),
            Map.entry(Section.RATE_LIMIT, RateLimitConfig.class),
            Map.entry(Section.SECURITY, SecurityConfig.class),
            Map.entry(Section.CORS, CorsConfig.class),
            Map.entry(Section.METRICS, MetricsConfig.class),
            Map.entry(Section.STATUS_PAGE, StatusPageConfig.class),
            Map.entry(Section.TRACING, TracingConfig.class),
            Map.entry(Section.SHARED, SharedConfig.class),
            Map.entry(Section.TIMEOUTS, TimeoutsConfig.class),
            Map.entry(Section.LIMITS, LimitsConfig.class),
            Map.entry(Section.OLLAMA_SERVER, OllamaServer.class),
            Map.entry(Section.API_KEY, ApiKey.class),
            Map.entry(Section.KEY_RATE_LIMIT, KeyRateLimitConfig.class),
            Map.entry(Section.KEY_TOKENS, KeyTokensConfig.class));

    // These have Ollama's names; see KeyOptionsTest.
    Set<Section> others = EnumSet.of(Section.KEY_OPTIONS, Section.OPTION_RULE);
    assertEquals(EnumSet.complementOf(EnumSet.copyOf(others)), records.keySet());
    records.forEach(
        (section, type) ->
            assertEquals(
                Stream.of(type.getRecordComponents()).map(RecordComponent::getName).toList(),
                section.names()));
  }
}
