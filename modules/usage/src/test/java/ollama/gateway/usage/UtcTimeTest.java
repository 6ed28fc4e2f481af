package ollama.gateway.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDate;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class UtcTimeTest {
  private static final long DAY_SECONDS = 86_400;

  private final UtcTime time = new UtcTime();

  @Test
  void monthsAreThoseOfTheCalendar() {
    // All of an era, leap years of each kind among them.
    int first = (int) LocalDate.of(1799, 1, 1).toEpochDay();
    int last = (int) LocalDate.of(2205, 1, 1).toEpochDay();
    for (int day = first; day < last; day++) {
      assertDay(day);
    }
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      assertDay(random.nextInt(200_000_000) - 100_000_000);
    }
  }

  private void assertDay(int day) {
    LocalDate date = LocalDate.ofEpochDay(day);
    assertTrue(time.moveTo(day * DAY_SECONDS * 1_000));
    assertFalse(time.moveTo((day + 1) * DAY_SECONDS * 1_000 - 1));
    assertEquals(day, time.day());
    assertEquals(date.getYear() * 12 + date.getMonthValue() - 1, time.month(), date::toString);
    assertEquals(1, time.secondsToNextDay());
    long days = date.withDayOfMonth(1).plusMonths(1).toEpochDay() - day;
    assertEquals((days - 1) * DAY_SECONDS + 1, time.secondsToNextMonth(), date::toString);
  }

  @Test
  void aClockThatSaysNonsenseIsNoHarm() {
    assertFalse(time.isKnown());
    for (long millis : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 0, -1}) {
      assertTrue(time.moveTo(millis));
      assertTrue(UtcTime.isDay(time.day()));
      assertTrue(time.secondsToNextDay() > 0);
      assertTrue(time.secondsToNextMonth() > 0);
    }
    assertTrue(time.isKnown());
    assertEquals(-1, time.day());
    assertEquals(1969 * 12 + 11, time.month());
  }
}
