package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries of keys that are kept elsewhere than in a file. */
class ApiKeyEntryTest {

  private static final String DIGEST =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  private static final String ALL_SET =
      """
      {"name": "a \\"quoted\\" $${NAME}", "sha256": "%s", "certificate": "alice@example.com",
       "admin": true, "disabled": true, "expires": "2027-01-31T18:00:00Z",
       "models": ["llama3*", "qwen3:32b"], "endpoints": ["inference", "cloud"],
       "priority": "batch", "maxConcurrentRequests": 3,
       "rateLimit": {"maxRequests": 5, "timeWindowSeconds": 7},
       "tokens": {"perMinute": 1, "perDay": 22, "perMonth": 333},
       "options": {"num_ctx": {"max": 8192, "default": 4096}, "keep_alive": "5m", "think": "low",
                   "reload": false},
       "allowIps": ["10.0.0.0/8", "::1", "fd00::/8"]}
      """
          .formatted(DIGEST);

  @Test
  void whatIsReadIsWhatWasWritten() throws Exception {
    ApiKey plain = new ApiKey("plain", DIGEST, false);
    ApiKey key = keys(ALL_SET).getFirst();
    for (RecordComponent each : ApiKey.class.getRecordComponents()) {
      if (!each.getName().equals("sha256")) {
        assertNotEquals(
            each.getAccessor().invoke(plain),
            each.getAccessor().invoke(key),
            () -> each.getName() + " isn't set, so nothing shows that it is kept");
      }
    }
    assertEquals(key, ApiKeyEntry.read(ApiKeyEntry.text(key)));
  }

  @Test
  void aKeyOfACertificateAloneStaysOne() throws Exception {
    ApiKey key = keys("{\"name\": \"alice\", \"certificate\": \"alice\"}").getFirst();
    ApiKey read = ApiKeyEntry.read(ApiKeyEntry.text(key));
    assertEquals(key, read);
    assertTrue(read.isOfCertificateAlone());
  }

  @Test
  void ofAKeyInTheClearOnlyTheDigestIsWritten() throws Exception {
    ApiKey key = keys("\"a secret\"").getFirst();
    String text = ApiKeyEntry.text(key);
    assertFalse(text.contains("a secret"), text);
    assertEquals(key, ApiKeyEntry.read(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "\"text\"",
        "{\"name\": \"x\"}",
        "{\"name\": \"x\", \"sha256\": \"1\"}",
        "{\"name\": \"${HOME}\", \"sha256\": \"" + DIGEST + "\"}",
        "{\"name\": \"x\", \"sha256\": \"" + DIGEST + "\", \"ofLaterVersions\": 1}"
      })
  void whatIsNoEntryIsRefused(String text) {
    assertThrows(ConfigException.class, () -> ApiKeyEntry.read(text));
  }

  private static List<ApiKey> keys(String entry) throws ConfigException {
    String file = "{\"ollamaAddresses\": [\"http://a\"], \"apiKeys\": [" + entry + "]}";
    return new ConfigLoader(Map.of())
        .parse("test", file.getBytes(StandardCharsets.UTF_8))
        .config()
        .apiKeys();
  }
}
