package ollama.gateway.usage;

/**
 * Tokens of a day, or of a month, and of the nearest other one. Two, so that a clock that goes
 * ahead and comes back finds what was counted. Not thread-safe.
 */
final class PeriodCount {
  private static final int NEVER = Integer.MIN_VALUE;

  private int period = NEVER;
  private long used;
  private int otherPeriod = NEVER;
  private long otherUsed;

  long used(int of) {
    if (of == period) {
      return used;
    }
    return of == otherPeriod ? otherUsed : 0;
  }

  void add(int to, long tokens) {
    if (to != period) {
      int newPeriod = to;
      long newUsed = used(to);
      if (to == otherPeriod || distance(to, period) <= distance(to, otherPeriod)) {
        otherPeriod = period;
        otherUsed = used;
      }
      period = newPeriod;
      used = newUsed;
    }
    used = TokenCounts.sum(used, tokens);
  }

  /** Takes what was written; it may be older than what is known. */
  void restore(int of, long tokens) {
    if (of != NEVER && tokens > used(of)) {
      add(of, tokens - used(of));
    }
  }

  /** Adds what was counted elsewhere, without making it the latest. */
  void addAll(PeriodCount more) {
    addElsewhere(more.otherPeriod, more.otherUsed);
    addElsewhere(more.period, more.used);
  }

  /** Leaves what isn't known elsewhere. */
  void takeAway(PeriodCount known) {
    used = Math.max(0, used - known.used(period));
    otherUsed = Math.max(0, otherUsed - known.used(otherPeriod));
  }

  private void addElsewhere(int of, long tokens) {
    if (of == period) {
      used = TokenCounts.sum(used, tokens);
    } else if (period == NEVER) {
      period = of;
      used = tokens;
    } else if (of == otherPeriod) {
      otherUsed = TokenCounts.sum(otherUsed, tokens);
    } else if (distance(of, period) < distance(otherPeriod, period)) {
      otherPeriod = of;
      otherUsed = tokens;
    }
  }

  private static long distance(int one, int another) {
    return Math.abs((long) one - another);
  }

  /** Whether nothing of this period, or of a later one, was counted. */
  boolean isBefore(int now) {
    return period < now && otherPeriod < now;
  }

  int latest() {
    return Math.max(period, otherPeriod);
  }

  int period() {
    return period;
  }

  long used() {
    return used;
  }

  int otherPeriod() {
    return otherPeriod;
  }

  long otherUsed() {
    return otherUsed;
  }
}
