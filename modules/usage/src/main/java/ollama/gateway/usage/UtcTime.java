package ollama.gateway.usage;

/**
 * The time that it is, as windows want it. The calendar is reckoned here, once a day: the JDK's
 * takes more than a millisecond to be loaded, for which the first answer would wait. Not
 * thread-safe.
 */
final class UtcTime {
  static final long MILLIS_PER_SECOND = 1000;
  private static final long SECONDS_PER_DAY = 86_400;

  /** Far more than anybody's clock says, and no month of it is too large for an int. */
  private static final int DAYS_MAX = 100_000_000;

  // The calendar repeats itself after 400 years. Years begin in March here, so that the day that
  // not all of them have is their last one.
  private static final int DAYS_PER_ERA = 146_097;
  private static final int YEARS_PER_ERA = 400;
  private static final int DAYS_FROM_YEAR_0_TO_1970 = 719_468;
  private static final int MONTHS_PER_YEAR = 12;
  private static final int MONTHS_BEFORE_MARCH = 2;

  private long millis;
  private long second = Long.MIN_VALUE;
  private int day = Integer.MIN_VALUE;
  private int month;
  private long nextMonthDay;

  /** Goes to a time; returns whether that is another day. */
  boolean moveTo(long toMillis) {
    millis = toMillis;
    second = Math.floorDiv(toMillis, MILLIS_PER_SECOND);
    int toDay = Math.clamp(Math.floorDiv(second, SECONDS_PER_DAY), -DAYS_MAX, DAYS_MAX);
    if (toDay == day) {
      return false;
    }
    day = toDay;
    reckonMonth();
    return true;
  }

  private void reckonMonth() {
    int days = day + DAYS_FROM_YEAR_0_TO_1970;
    int era = Math.floorDiv(days, DAYS_PER_ERA);
    int dayOfEra = days - era * DAYS_PER_ERA;
    int year = dayOfEra / 365;
    while (dayOfEra < firstDay(year)) {
      year--;
    }
    int dayOfYear = dayOfEra - firstDay(year);
    int monthFromMarch = MONTHS_PER_YEAR - 1;
    while (dayOfYear < firstDayOfMonth(monthFromMarch)) {
      monthFromMarch--;
    }
    month = (era * YEARS_PER_ERA + year) * MONTHS_PER_YEAR + MONTHS_BEFORE_MARCH + monthFromMarch;
    int nextDayOfEra =
        monthFromMarch == MONTHS_PER_YEAR - 1
            ? firstDay(year + 1)
            : firstDay(year) + firstDayOfMonth(monthFromMarch + 1);
    nextMonthDay = day + (long) (nextDayOfEra - dayOfEra);
  }

  /** The day of the era on which one of its years begins, or the next era. */
  private static int firstDay(int year) {
    return year * 365 + year / 4 - year / 100 + year / YEARS_PER_ERA;
  }

  /** The day of the year on which a month begins; from March on they have 31, 30, 31, 30, 31. */
  private static int firstDayOfMonth(int monthFromMarch) {
    return (153 * monthFromMarch + 2) / 5;
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

  /** Months since January of the year 0. */
  int month() {
    return month;
  }

  long secondsToNextDay() {
    return secondsTo((day + 1L) * SECONDS_PER_DAY);
  }

  long secondsToNextMonth() {
    return secondsTo(nextMonthDay * SECONDS_PER_DAY);
  }

  /** Rounded up, and at least 1. */
  long secondsTo(long whenSecond) {
    long rest = Math.ceilDiv(whenSecond * MILLIS_PER_SECOND - millis, MILLIS_PER_SECOND);
    return Math.max(rest, 1);
  }
}
