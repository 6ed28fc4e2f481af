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
  @EnumSource(
      names = {
        "CONVERSATIONS",
        "DECODING",
        "SHARED_PROMPT",
        "MODELS",
        "ABCABC",
        "BATCH",
        "FAILURES"
      })
  void fourAndSixteenAreWithinATenthOfOne(Scenario scenario) {
    Map<String, Double> one = scenario.medians(Contender.SOONEST, Fleet.of(1));
    for (int gateways : new int[] {4, 16}) {
      Map<String, Double> many = scenario.medians(Contender.SOONEST, Fleet.of(gateways));

      atMost(1.1 * one.getOrDefault("p90", 0.0), many, "p90");
      assertEquals(0, many.get("above slots"));
    }
  }

  @Test
  void modelsAreLoadedOnceThoughEachGatewayIsAskedForThemAtOnce() {
    World world = Scenario.ABCABC.play(new Trial(Contender.SOONEST, Fleet.of(16), 1));

    assertEquals(3, world.loads());
  }

  private static void atMost(double bar, Map<String, Double> figures, String name) {
    assertTrue(
        figures.getOrDefault(name, Double.NaN) <= bar,
        () -> name + ": at most " + bar + ", was " + figures);
  }
}
