package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Time is a number here: nothing waits. */
final class TimerWheelTest {

  private static final long TICK = 1L << 24;
  private static final long MILLI = 1_000_000;
  private static final long TURN = 1024 * TICK;
  private static final long START = 1_000_003 * TICK + 4_711;

  private final List<String> fired = new ArrayList<>();
  private int wakeUps;
  private final TimerWheel wheel = new TimerWheel(START, () -> wakeUps++);

  @Test
  void firesAfterTheDeadlineAndAtMostOneTickLate() {
    timer("a").set(START + 10 * TICK);

    wheel.advance(START + 10 * TICK - 1);
    assertEquals(List.of(), fired);
    wheel.advance(START + 11 * TICK);
    assertEquals(List.of("a"), fired);
  }

  @Test
  void firesOnce() {
    timer("a").set(START + TICK);

    wheel.advance(START + 2 * TICK);
    wheel.advance(START + TURN);
    wheel.advance(START + 3 * TURN);
    assertEquals(List.of("a"), fired);
  }

  @Test
  void firesInTheOrderOfTheDeadlines() {
    timer("c").set(START + 30 * TICK);
    timer("a").set(START + 10 * TICK);
    timer("b").set(START + 20 * TICK);

    wheel.advance(START + 40 * TICK);
    assertEquals(List.of("a", "b", "c"), fired);
  }

  @Test
  void aDeadlineThatHasPassedFiresAtTheNextTick() {
    timer("a").set(START - 5 * TURN);

    wheel.advance(START + TICK);
    assertEquals(List.of("a"), fired);
  }

  @Test
  void movingToLaterIsAWriteThatWakesNobody() {
    Timer timer = timer("a");
    timer.set(START + 10 * TICK);
    assertEquals(1, wakeUps);
    for (int i = 11; i <= 100; i++) {
      timer.set(START + i * TICK);
    }
    assertEquals(1, wakeUps);

    wheel.advance(START + 100 * TICK - 1);
    assertEquals(List.of(), fired);
    wheel.advance(START + 101 * TICK);
    assertEquals(List.of("a"), fired);
  }

  @Test
  void movingToEarlierWakesTheLoop() {
    Timer timer = timer("a");
    timer.set(START + 100 * TICK);
    timer.set(START + 10 * TICK);
    assertEquals(2, wakeUps);
    assertTrue(START + wheel.sleepMillis(START) * MILLI <= START + 11 * TICK + MILLI);

    wheel.advance(START + 11 * TICK);
    assertEquals(List.of("a"), fired);
    wheel.advance(START + 200 * TICK);
    assertEquals(List.of("a"), fired);
  }

  @Test
  void aCancelledTimerNeverFiresAndLeavesTheWheel() {
    Timer timer = timer("a");
    timer.set(START + 10 * TICK);
    timer.cancel();

    assertEquals(0, wheel.sleepMillis(START));
    wheel.advance(START + 2 * TURN);
    assertEquals(List.of(), fired);
  }

  @Test
  void oneOfSeveralInASlotCanBeCancelled() {
    Timer[] timers = {timer("a"), timer("b"), timer("c")};
    for (int cancelled = 0; cancelled < timers.length; cancelled++) {
      long now = START + cancelled * TURN;
      for (Timer timer : timers) {
        timer.set(now + 10 * TICK);
      }
      timers[cancelled].cancel();
      fired.clear();
      wheel.advance(now + 11 * TICK);
      assertEquals(2, fired.size(), "without timer " + cancelled);
    }
    assertEquals(0, wheel.sleepMillis(START + 3 * TURN));
  }

  @Test
  void neverNeverFires() {
    timer("a").set(Timer.NEVER);
    Timer moved = timer("b");
    moved.set(START + 10 * TICK);
    moved.set(Timer.NEVER);

    wheel.advance(START + 20 * TICK);
    assertEquals(List.of(), fired);
    assertEquals(0, wheel.sleepMillis(START + 20 * TICK));
  }

  @Test
  void aTimerCanBeSetAgainByItsAction() {
    List<Long> times = new ArrayList<>();
    Timer[] self = new Timer[1];
    long[] now = {START};
    self[0] =
        new Timer(
            wheel,
            () -> {
              times.add((now[0] - START) / TICK);
              self[0].set(now[0] + 10 * TICK);
            });
    self[0].set(START + 10 * TICK);
    for (; now[0] < START + 36 * TICK; now[0] += TICK) {
      wheel.advance(now[0]);
    }

    assertEquals(List.of(11L, 22L, 33L), times);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 100, 1023, 1024, 1025, 2048, 10_000})
  void farDeadlinesHoldForAnyStepOfTheClock(long stepTicks) {
    long deadline = START + 5 * TURN + 7 * TICK;
    timer("a").set(deadline);
    long now = START;
    while (now < deadline) {
      assertEquals(List.of(), fired);
      now += stepTicks * TICK;
      wheel.advance(now);
    }
    wheel.advance(now + TICK);

    assertEquals(List.of("a"), fired);
  }

  @Test
  void anEmptyWheelLetsTheLoopSleepUntilItIsWoken() {
    assertEquals(0, wheel.sleepMillis(START));
  }

  @Test
  void theLoopNeverSleepsPastTheNextSlot() {
    for (int ticks = 1; ticks <= 2_000; ticks++) {
      Timer timer = timer("a");
      timer.set(START + ticks * TICK);
      long sleepNanos = wheel.sleepMillis(START) * MILLI;
      timer.cancel();

      assertTrue(sleepNanos > 0, "it must sleep: " + ticks);
      assertTrue(sleepNanos < (ticks + 1) * TICK + MILLI, "too long for " + ticks);
      assertTrue(sleepNanos < TURN + MILLI, "past a turn for " + ticks);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aSleepingLoopFiresEveryTimerInTimeAndHardlyWakesWithoutNeed(long seed) {
    Random random = new Random(seed);
    int count = 300;
    long[] deadlines = new long[count];
    long[] firedAt = new long[count];
    Timer[] timers = new Timer[count];
    long[] now = {START};
    for (int i = 0; i < count; i++) {
      int index = i;
      timers[i] = new Timer(wheel, () -> firedAt[index] = now[0]);
      deadlines[i] = START + random.nextLong(4 * TURN);
      timers[i].set(deadlines[i]);
      if (random.nextBoolean()) {
        deadlines[i] = START + random.nextLong(4 * TURN);
        timers[i].set(deadlines[i]);
      }
    }
    int turns = 0;
    for (long millis; (millis = wheel.sleepMillis(now[0])) > 0; turns++) {
      now[0] += millis * MILLI;
      wheel.advance(now[0]);
    }

    for (int i = 0; i < count; i++) {
      long late = firedAt[i] - deadlines[i];
      assertTrue(late >= 0 && late <= TICK + MILLI, "timer " + i + " was late by " + late);
    }
    assertTrue(turns <= 5 * count, "woke " + turns + " times");
  }

  private Timer timer(String name) {
    return new Timer(wheel, () -> fired.add(name));
  }
}
