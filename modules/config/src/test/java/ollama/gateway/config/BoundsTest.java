package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BoundsTest {

  @ParameterizedTest
  @CsvSource({
    "loadBalancer, healthCheckIntervalInSeconds, 1, 86400",
    "loadBalancer, healthCheckTimeoutInMilliseconds, 1, 600000",
    "rateLimit, maxRequests, 1, 1000000",
    "rateLimit, timeWindowSeconds, 1, 2678400",
    "timeouts, headSeconds, 0, 604800",
    "timeouts, keepAliveSeconds, 0, 604800",
    "timeouts, bodyIdleSeconds, 0, 604800",
    "timeouts, writeStallSeconds, 0, 604800",
    "timeouts, connectMillis, 0, 600000",
    "timeouts, firstByteSeconds, 0, 604800",
    "timeouts, upstreamIdleSeconds, 0, 604800",
    "timeouts, drainSeconds, 0, 604800",
    "limits, headBytes, 1024, 65536",
    "limits, fields, 10, 1000",
    "limits, targetBytes, 256, 65536",
    "limits, bodyBytes, 0, 1125899906842624",
    "limits, blobBytes, 0, 1125899906842624",
    "limits, replayBytes, 0, 67108864",
    "limits, connections, 0, 1000000",
    "limits, connectionsPerAddress, 0, 1000000",
    "limits, rateLimitedClients, 0, 10000000",
  })
  void bothEndsAreAcceptedAndNothingBeyond(String block, String name, long min, long max) {
    String on = block.equals("rateLimit") ? "\"enabled\": true, " : "";
    String json = with("\"" + block + "\": {" + on + "\"" + name + "\": →VALUE}");
    String path = block + "." + name;
    String expected = "expected a whole number from " + min + " to " + max;

    load(json.replace("→VALUE", "" + min));
    load(json.replace("→VALUE", "" + max));
    assertProblem(json.replace("VALUE", "" + (max + 1)), path, expected);
    assertProblem(json.replace("VALUE", "-1"), path, expected);
    assertProblem(json.replace("VALUE", "1" + "0".repeat(40)), path, expected);
    assertProblem(json.replace("VALUE", "1.5"), path, "1.5: write it without a fraction");
    assertProblem(json.replace("VALUE", "1e3"), path, "without an exponent");
    assertProblem(json.replace("VALUE", "\"30\""), path, "found a text: write 30 without quotes");
    assertProblem(json.replace("VALUE", "\"${N}\""), path, "works only where a text is expected");
    assertProblem(json.replace("VALUE", "\"many\""), path, "found a text");
    assertProblem(json.replace("VALUE", "true"), path, "found true");
    assertProblem(json.replace("VALUE", "[]"), path, "found a list");
    assertProblem(json.replace("VALUE", "{}"), path, "found an object");
  }

  @Test
  void saysWhereZeroIsNoWayToHaveNoLimit() {
    assertProblem(
        with("\"limits\": {\"headBytes\": →0}"),
        "limits.headBytes",
        "from 1024 to 65536, found 0, which can't mean \"no limit\" here");
    assertProblem(
        with("\"limits\": {\"connections\": →1000001}"),
        "limits.connections",
        "from 0 to 1000000 (0: no limit), found 1000001");
  }

  @Test
  void theRecordsRefuseWhatTheFileMayNotHave() {
    refused(() -> new LoadBalancerConfig("fastest", 5, 30, "/", 5000, 2000));
    refused(() -> new LoadBalancerConfig("round-robin", 0, 30, "/", 5000, 2000));
    refused(() -> new LoadBalancerConfig("round-robin", 5, 0, "/", 5000, 2000));
    refused(() -> new LoadBalancerConfig("round-robin", 5, 30, "/", 0, 2000));
    refused(() -> new LoadBalancerConfig("round-robin", 5, 30, "health", 5000, 2000));
    refused(() -> new RateLimitConfig(0, 60, true));
    refused(() -> new RateLimitConfig(100, 0, true));
    refused(() -> new RateLimitConfig(-1, 0, false));
    refused(() -> new MetricsConfig(true, "/", "gateway", false, List.of()));
    refused(() -> new MetricsConfig(true, "/metrics", "0", false, List.of()));
    refused(() -> new TimeoutsConfig(-1, 0, 0, 0, 0, 0, 0, 0, 30, 60));
    refused(() -> new LimitsConfig(0, 100, 8192, 0, 0, 0, 1024, 0, 0, 0, 16, 512));
  }

  private static void refused(Runnable make) {
    assertThrows(IllegalArgumentException.class, make::run);
  }
}
