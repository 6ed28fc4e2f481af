package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceRateTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @ParameterizedTest
  @ValueSource(longs = {0, 5, -5, Long.MAX_VALUE / 1_000_000_000})
  void inEachSecondSoManyAreAdmitted(long second) {
    TraceRate rate = new TraceRate(3);
    long now = second * SECOND;
    for (int i = 0; i < 2; i++) {
      long at = now + i * SECOND;
      assertEquals(3, LongStream.range(0, 10).filter(_ -> rate.admits(at, true)).count());
    }
  }

  @Test
  void allThreadsTogetherGetNoMore() {
    TraceRate rate = new TraceRate(1_000);
    long admitted =
        LongStream.range(0, 100_000).parallel().filter(_ -> rate.admits(7, true)).count();
    assertEquals(1_000, admitted);
  }

  @Test
  void whoHasNoKeyLeavesHalfOfThemToOthers() {
    TraceRate rate = new TraceRate(10);
    assertEquals(5, LongStream.range(0, 100).filter(_ -> rate.admits(7, false)).count());
    assertEquals(5, LongStream.range(0, 100).filter(_ -> rate.admits(7, true)).count());
  }

  @Test
  void zeroMeansAnyNumber() {
    TraceRate rate = new TraceRate(0);
    assertEquals(100, LongStream.range(0, 100).filter(_ -> rate.admits(7, true)).count());
  }
}
