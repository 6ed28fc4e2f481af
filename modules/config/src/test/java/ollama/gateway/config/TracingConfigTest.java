package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertWarning;
import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TracingConfigTest {

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:4318, http://127.0.0.1:4318/v1/traces",
    "http://127.0.0.1:4318/, http://127.0.0.1:4318/v1/traces",
    "http://127.0.0.1:4318/v1/traces, http://127.0.0.1:4318/v1/traces",
    "HTTPS://otel.example.com, https://otel.example.com:443/v1/traces",
    "https://example.com/otlp/x, https://example.com:443/otlp/x",
    "http://[::1]:4318, http://[::1]:4318/v1/traces",
  })
  void aCollectorIsPostedToAtItsPath(String endpoint, String url) {
    TracingConfig tracing =
        config(with("\"tracing\": {\"endpoint\": \"" + endpoint + "\"}")).tracing();

    assertTrue(tracing.isOn());
    assertEquals(url, tracing.url().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:4318",
        "grpc://127.0.0.1:4317",
        "http://user:secret@collector:4318",
        "http://collector:4318/v1/traces?key=1",
        "http://collector:0",
      })
  void whatIsNoUrlOfACollectorIsRefused(String endpoint) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new TracingConfig(endpoint, "", 100, 100, Map.of(), 2048));
  }

  @Test
  void whoVouchesForACollectorIsDoubtfulWithoutTls() {
    String tracing = "{%s, \"tracing\": {\"endpoint\": \"%s://c\", \"ca\": %s\"c\"}}";
    assertWarning(
        tracing.formatted(SettingsFile.ADDRESSES, "http", "→"),
        "tracing.ca",
        "this is for TLS, and the endpoint says http: write https, or take this out");
    assertEquals(
        List.of(), load(tracing.formatted(SettingsFile.ADDRESSES, "https", "")).warnings());
  }

  @Test
  void withoutACollectorNothingIsTraced() {
    TracingConfig tracing = config(with("\"tracing\": {\"samplePercent\": 5}")).tracing();

    assertFalse(tracing.isOn());
    assertThrows(IllegalStateException.class, tracing::url);
  }

  @Test
  void headersAreNotShown() {
    TracingConfig tracing =
        new TracingConfig("http://c", "", 100, 100, Map.of("X-Token", "secret"), 16);

    assertFalse(tracing.toString().contains("secret"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TracingConfig("http://c", "", 100, 100, Map.of("X-T", "a", "x-t", "b"), 16));
  }
}
