package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/** What is known of one key but its rows. Guarded by the lock of its {@link Books}. */
final class KeyUsage {
  final String id;
  final PeriodCount day = new PeriodCount();
  final PeriodCount month = new PeriodCount();

  /** Absent if nothing was used in the last minute. */
  @Nullable MinuteWindow minute;

  /** What its requests that run have reserved. */
  long reserved;

  /** The last day for which it has a row. */
  int lastRowDay = Integer.MIN_VALUE;

  /** How many rows it has for the day of {@link #modelsDay}. */
  int models;

  int modelsDay = Integer.MIN_VALUE;

  // Of the list of what isn't written.
  boolean isUnwritten;
  @Nullable KeyUsage nextUnwritten;

  KeyUsage(String id) {
    this.id = id;
  }

  /** Leaves what isn't known elsewhere. */
  void takeAway(KeyUsage known) {
    day.takeAway(known.day);
    month.takeAway(known.month);
    if (minute != null && known.minute != null) {
      minute.takeAway(known.minute);
    }
  }

  long usedInMinute(long second) {
    MinuteWindow window = minute;
    return window == null ? 0 : window.used(second);
  }

  /** Whether its windows are over. */
  boolean isOver(UtcTime time) {
    return day.isBefore(time.day())
        && month.isBefore(time.month())
        && usedInMinute(time.second()) == 0;
  }

  /** Whether quotas would say the same if it were forgotten. */
  boolean isStale(UtcTime time) {
    return reserved == 0 && isOver(time);
  }
}
