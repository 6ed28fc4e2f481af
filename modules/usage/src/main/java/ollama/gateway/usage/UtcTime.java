package ollama.gateway.usage;

import java.time.LocalDate;

/** The time that it is, as windows want it; the calendar is asked once a day. Not thread-safe. */
final class UtcTime {
  static final long MILLIS_PER_SECOND = 1000;
  private static final long SECONDS_PER_DAY = 86_400;
  private static final int MONTHS_PER_YEAR = 12;

  /** Far more than anybody's clock says, and no month of it is too large for an int. */
  private static final int DAYS_MAX = 100_000_000;

  private long millis;
  private long second = Long.MIN_VALUE;
  private int day = Integer.MIN_VALUE;
  private int month;
  private long nextMonthSecond;

  /** Goes to a time; returns whether that is another day. */
  boolean moveTo(long toMillis) {
    millis = toMillis;
    second = Math.floorDiv(toMillis, MILLIS_PER_SECOND);
    int toDay = Math.clamp(Math.floorDiv(second, SECONDS_PER_DAY), -DAYS_MAX, DAYS_MAX);
    if (toDay == day) {
      return false;
    }
    day = toDay;
    LocalDate date = LocalDate.ofEpochDay(toDay);
    month = date.getYear() * MONTHS_PER_YEAR + date.getMonthValue() - 1;
    nextMonthSecond = date.withDayOfMonth(1).plusMonths(1).toEpochDay() * SECONDS_PER_DAY;
    return true;
  }

  /** Whether a number may be a day. */
  static boolean isDay(int day) {
    return day >= -DAYS_MAX && day <= DAYS_MAX;
  }

  /** Whether any time was said. */
  boolean isKnown() {
    return second != Long.MIN_VALUE;
  }

  /** Seconds since 1970. */
  long second() {
    return second;
  }

  /** Days since 1970. */
  int day() {
    return day;
  }

  /** Months since the year 0. */
  int month() {
    return month;
  }

  long secondsToNextDay() {
    return secondsTo((day + 1L) * SECONDS_PER_DAY);
  }

  long secondsToNextMonth() {
    return secondsTo(nextMonthSecond);
  }

  /** Rounded up, and at least 1. */
  long secondsTo(long whenSecond) {
    long rest = Math.ceilDiv(whenSecond * MILLIS_PER_SECOND - millis, MILLIS_PER_SECOND);
    return Math.max(rest, 1);
  }
}
