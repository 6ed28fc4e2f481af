package ollama.gateway.balancer.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code soonest} has to reach, medians of five seeds. */
final class BarsTest {

  @Test
  void conversationsStayWithTheServerThatHoldsTheirPrompt() {
    Map<String, Double> soonest = Scenario.CONVERSATIONS.medians(Contender.SOONEST);
    Map<String, Double> turns = Scenario.CONVERSATIONS.medians(Contender.ROUND_ROBIN);
    Map<String, Double> sticky = Scenario.CONVERSATIONS.medians(Contender.STICKY);

    atLeast(95, soonest, "prefix met %");
    atMost(of(turns, "p50") / 10, soonest, "p50");
    atMost(of(sticky, "p90") * 0.75, soonest, "p90");
    atMost(of(turns, "p99"), soonest, "p99");
  }

  @Test
  void saturatedServersGetMoreDoneAndNobodyWaitsForOthersGain() {
    Map<String, Double> soonest = Scenario.SATURATED.medians(Contender.SOONEST);
    Map<String, Double> turns = Scenario.SATURATED.medians(Contender.ROUND_ROBIN);
    Map<String, Double> sticky = Scenario.SATURATED.medians(Contender.STICKY);

    atLeast(of(turns, "requests/s") * 1.25, soonest, "requests/s");
    atMost(of(sticky, "p99") * 1.5, soonest, "p99");
  }

  @Test
  void whereNothingIsSharedItIsAsGoodAsLeastRequests() {
    Map<String, Double> soonest = Scenario.DECODING.medians(Contender.SOONEST);
    Map<String, Double> least = Scenario.DECODING.medians(Contender.LEAST_REQUESTS);

    for (String figure : new String[] {"p50", "p99", "total p50", "total p99"}) {
      atMost(of(least, figure) * 1.03, soonest, figure);
    }
  }

  @Test
  void aSharedPromptDoesNotGatherAllRequestsOnOneServer() {
    atMost(1.3, Scenario.SHARED_PROMPT.medians(Contender.SOONEST), "most/mean load");
  }

  @Test
  void modelsStayLoaded() {
    Map<String, Double> soonest = Scenario.MODELS.medians(Contender.SOONEST);
    Map<String, Double> turns = Scenario.MODELS.medians(Contender.ROUND_ROBIN);

    atMost(of(turns, "loads") / 3, soonest, "loads");
  }

  @Test
  void requestsForTheLoadedModelGoFirst() {
    assertEquals(3, of(Scenario.ABCABC.medians(Contender.SOONEST), "loads"));
  }

  @Test
  void somebodyWhoAsksNowAndThenWaitsForOneRequestOfABatch() {
    atMost(1, Scenario.BATCH.medians(Contender.SOONEST), "interactive wait p95 / one request");
  }

  @Test
  void equalKeysGetEqualWork() {
    atLeast(0.95, Scenario.EQUAL_KEYS.medians(Contender.SOONEST), "Jain");
  }

  @Test
  void nothingIsLostThatMayMoveAndServersThatReturnAreUsedAtOnce() {
    Map<String, Double> soonest = Scenario.FAILURES.medians(Contender.SOONEST);

    assertEquals(0, of(soonest, "lost"));
    atMost(2, soonest, "back after");
  }

  private static double of(Map<String, Double> figures, String name) {
    Double figure = figures.get(name);
    if (figure == null) {
      throw new AssertionError("no " + name + " in " + figures);
    }
    return figure;
  }

  private static void atMost(double bar, Map<String, Double> figures, String name) {
    assertTrue(of(figures, name) <= bar, () -> name + ": at most " + bar + ", was " + figures);
  }

  private static void atLeast(double bar, Map<String, Double> figures, String name) {
    assertTrue(of(figures, name) >= bar, () -> name + ": at least " + bar + ", was " + figures);
  }
}
