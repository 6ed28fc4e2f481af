package ollama.gateway.proxy;

import java.time.InstantSource;
import java.util.List;
import ollama.gateway.auth.AddressRules;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.MetricsConfig;
import ollama.gateway.config.SecurityConfig;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.ratelimit.RateLimiter;

/** Settings with the key {@code sekret}, of a key named alice, and one server. */
final class TestSettings {

  static final String KEY = "sekret";
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

  static Settings of(String authHeaderName, boolean keyInPath) {
    return of(authHeaderName, keyInPath, SERVER, KEY);
  }

  private static Settings of(
      String authHeaderName, boolean keyInPath, UpstreamAddress server, String key) {
    GatewayConfig defaults = GatewayConfig.defaults(List.of(server));
    GatewayConfig config =
        new GatewayConfig(
            defaults.ollamaAddresses(),
            defaults.loadBalancer(),
            defaults.gatewayAddress(),
            false,
            authHeaderName,
            List.of(ApiKey.ofPlain("alice", key, false)),
            defaults.rateLimit(),
            new SecurityConfig(List.of(), List.of(), keyInPath, 600),
            new MetricsConfig(true, "/numbers", "gateway"),
            defaults.timeouts(),
            defaults.limits());
    return new Settings(
        config,
        new AddressRules(config.security()),
        new KeyRing(config.apiKeys()),
        new RateLimiter<>(config.rateLimit(), 10, System::nanoTime),
        new RateLimiter<>(config.rateLimit(), 10, System::nanoTime),
        new Balancer(config.ollamaAddresses(), (changed, up, why) -> {}, InstantSource.system()));
  }
}
