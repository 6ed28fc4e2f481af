package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class HotListTest {

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
  private final HotList hot = new HotList(clock::get);

  @Test
  void whoIsOverALimitStaysSoUntilItsTime() {
    hot.add("a", 10);

    assertEquals(10, hot.leftNanos("a"));
    assertEquals(0, hot.leftNanos("b"));
    clock.addAndGet(9);
    assertEquals(1, hot.leftNanos("a"));
    clock.addAndGet(1);
    assertEquals(0, hot.leftNanos("a"));
  }

  @Test
  void theLaterOfTwoTimesHolds() {
    hot.add("a", 10);
    hot.add("a", 5);

    assertEquals(10, hot.leftNanos("a"));
  }

  @Test
  void thoseThatDoNotFitAreForgottenAndThoseWhoseTimeIsOverMakeRoom() {
    for (int i = 0; i < HotList.MAX; i++) {
      hot.add("a" + i, 10);
    }
    hot.add("late", 10);
    assertEquals(0, hot.leftNanos("late"));
    clock.addAndGet(10);
    hot.add("late", 10);
    assertEquals(10, hot.leftNanos("late"));
  }
}
