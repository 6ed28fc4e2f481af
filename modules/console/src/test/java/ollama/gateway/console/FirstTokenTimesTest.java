package ollama.gateway.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstTokenTimesTest {

  private final FirstTokenTimes times = new FirstTokenTimes();

  private void add(long millis) {
    times.add(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 7, 8, 9, 15, 16, 17, 100, 1_000, 12_345, 600_000, 33_554_431})
  void aTimeIsToldToWithinAnEighth(long millis) {
    add(millis);
    long told = FirstTokenTimes.quantile(times.counts(), 0.5);
    assertTrue(told >= millis && told <= millis + millis / 8, millis + " ms are told as " + told);
  }

  @Test
  void whatIsBeyondCountsAsTheLongest() {
    add(1L << 40);
    assertEquals((1L << 25) - 1, FirstTokenTimes.quantile(times.counts(), 0.5));
  }

  @Test
  void aQuantileIsTheTimeThatSuchAPartTookAtMost() {
    assertEquals(-1, FirstTokenTimes.quantile(times.counts(), 0.5));
    for (int i = 0; i < 95; i++) {
      add(2);
    }
    for (int i = 0; i < 5; i++) {
      add(6);
    }
    assertEquals(2, FirstTokenTimes.quantile(times.counts(), 0.5));
    assertEquals(2, FirstTokenTimes.quantile(times.counts(), 0.95));
    assertEquals(6, FirstTokenTimes.quantile(times.counts(), 0.96));
    assertEquals(6, FirstTokenTimes.quantile(times.counts(), 1));
  }
}
