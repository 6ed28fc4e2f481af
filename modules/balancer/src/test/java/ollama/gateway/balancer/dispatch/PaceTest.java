package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PaceTest {

  @Test
  void whatOthersLearnedShowsAMissBeforeAnythingWasLearnedHere() {
    Pace pace = new Pace();
    pace.heard(new Learned.Speed(Double.NaN, 1_000, Double.NaN, Double.NaN));
    long eightSeconds = 8_000_000_000L;
    FinalNumbers numbers = new FinalNumbers(eightSeconds, 0, eightSeconds, 0, 10_000, 1);

    assertTrue(pace.missed(numbers, 500));
    assertEquals(2_000, pace.cachedTokens(numbers));
    pace.ended(numbers, 500, 0);

    assertEquals(1_000, pace.prefillRate());
  }
}
