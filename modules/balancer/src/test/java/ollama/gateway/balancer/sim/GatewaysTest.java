package ollama.gateway.balancer.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How close several gateways that know of each other come to one that knows everything. */
final class GatewaysTest {

  @ParameterizedTest
  @EnumSource(names = {"DECODING", "SHARED_PROMPT", "MODELS", "BATCH"})
  void sixteenAreWithinATenthOfOne(Scenario scenario) {
    Map<String, Double> one = scenario.medians(Contender.SOONEST, Fleet.of(1));
    Map<String, Double> many = scenario.medians(Contender.SOONEST, Fleet.of(16));

    atMost(1.1 * one.getOrDefault("p90", 0.0), many, "p90");
    assertEquals(0, many.get("above slots"));
  }

  @Test
  void fourAreWithinATenthOfOneThoughServersFail() {
    Map<String, Double> one = Scenario.FAILURES.medians(Contender.SOONEST, Fleet.of(1));
    Map<String, Double> many = Scenario.FAILURES.medians(Contender.SOONEST, Fleet.of(4));

    atMost(1.1 * one.getOrDefault("p90", 0.0), many, "p90");
    assertEquals(0, many.get("above slots"));
  }

  @Test
  void conversationsFareFarBetterThanWithGatewaysThatKnowNothing() {
    Map<String, Double> many = Scenario.CONVERSATIONS.medians(Contender.SOONEST, Fleet.of(16));
    Map<String, Double> silent =
        Scenario.CONVERSATIONS.medians(Contender.SOONEST, Fleet.silent(16));

    atMost(0.3 * silent.getOrDefault("p90", 0.0), many, "p90");
    assertEquals(0, many.get("above slots"));
  }

  private static void atMost(double bar, Map<String, Double> figures, String name) {
    assertTrue(
        figures.getOrDefault(name, Double.NaN) <= bar,
        () -> name + ": at most " + bar + ", was " + figures);
  }
}
