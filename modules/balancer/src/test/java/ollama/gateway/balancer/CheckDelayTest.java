package ollama.gateway.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import ollama.gateway.config.LoadBalancerConfig;
import org.junit.jupiter.api.Test;

final class CheckDelayTest {
  private final LoadBalancerConfig config =
      new LoadBalancerConfig("round-robin", 5, 30, "/", 5_000, 2_000);
  private final CheckDelay delay = CheckDelay.configured();

  @Test
  void isTheIntervalWhileUpGiveOrTakeTenPercent() {
    assertEquals(Duration.ofSeconds(27), Duration.ofNanos(delay.nanos(true, config, -1)));
    assertEquals(Duration.ofSeconds(30), Duration.ofNanos(delay.nanos(true, config, 0)));
    assertEquals(Duration.ofSeconds(33), Duration.ofNanos(delay.nanos(true, config, 1)));
  }

  @Test
  void isASecondWhileDownGiveOrTakeTenPercent() {
    assertEquals(Duration.ofMillis(900), Duration.ofNanos(delay.nanos(false, config, -1)));
    assertEquals(Duration.ofSeconds(1), Duration.ofNanos(delay.nanos(false, config, 0)));
    assertEquals(Duration.ofMillis(1_100), Duration.ofNanos(delay.nanos(false, config, 1)));
  }

  @Test
  void theLongestIntervalDoesNotOverflow() {
    LoadBalancerConfig longest = new LoadBalancerConfig("round-robin", 5, 86_400, "/", 1, 2_000);

    assertEquals(Duration.ofDays(1), Duration.ofNanos(delay.nanos(true, longest, 0)));
  }
}
