package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.shared.Demand;
import org.junit.jupiter.api.Test;

final class HotListTest {

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
  private final HotList hot = new HotList(clock::get);

  @Test
  void whoIsOverALimitStaysSoUntilItsTime() {
    hot.addTold("a", 10);

    assertEquals(10, hot.toldLeftNanos("a"));
    assertEquals(0, hot.toldLeftNanos("b"));
    clock.addAndGet(9);
    assertEquals(1, hot.toldLeftNanos("a"));
    clock.addAndGet(1);
    assertEquals(0, hot.toldLeftNanos("a"));
  }

  @Test
  void underAnotherLimitTheSameClientMayCome() {
    hot.add(new Demand.Rate("a", 1, 60, false), 10);

    assertEquals(10, hot.leftNanos(new Demand.Rate("a", 1, 60, false)));
    assertEquals(0, hot.leftNanos(new Demand.Rate("a", 2, 60, false)));
    assertEquals(0, hot.toldLeftNanos("a"));
  }

  @Test
  void theLaterOfTwoTimesHolds() {
    hot.addTold("a", 10);
    hot.addTold("a", 5);

    assertEquals(10, hot.toldLeftNanos("a"));
  }

  @Test
  void thoseThatDoNotFitAreForgottenAndThoseWhoseTimeIsOverMakeRoom() {
    for (int i = 0; i < HotList.MAX; i++) {
      hot.addTold("a" + i, 10);
    }
    hot.addTold("late", 10);
    assertEquals(0, hot.toldLeftNanos("late"));
    clock.addAndGet(10);
    hot.addTold("late", 10);
    assertEquals(10, hot.toldLeftNanos("late"));
  }
}
