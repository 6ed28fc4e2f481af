package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/** What quotas say to a key. Whoever calls holds the lock of its {@link Books}. */
final class Quotas {

  /** When a request that only reservations are in the way of may ask again. */
  private static final long SOON_SECONDS = 1;

  private Quotas() {}

  /** The answer to a request that would reserve so much, which isn't done here. */
  static QuotaDecision decide(KeyUsage key, TokenQuota quota, long estimate, UtcTime time) {
    QuotaDecision decision = QuotaDecision.NONE;
    if (quota.perMinute() > 0) {
      long used = key.usedInMinute(time.second());
      long reset = minuteReset(key, quota.perMinute(), used, time);
      decision = decision(quota.perMinute(), used, key.reserved, reset);
    }
    if (quota.perDay() > 0) {
      long used = key.day.used(time.day());
      long reset = time.secondsToNextDay();
      QuotaDecision day = decision(quota.perDay(), used, key.reserved, reset);
      decision = QuotaDecision.tighter(decision, day);
    }
    if (quota.perMonth() > 0) {
      long used = key.month.used(time.month());
      long reset = time.secondsToNextMonth();
      QuotaDecision month = decision(quota.perMonth(), used, key.reserved, reset);
      decision = QuotaDecision.tighter(decision, month);
    }
    return new QuotaDecision(
        decision.allowed(),
        decision.limit(),
        Math.max(decision.remaining() - estimate, 0),
        decision.resetSeconds());
  }

  /** How much of them is used; of a key that isn't known, nothing. */
  static QuotaState state(@Nullable KeyUsage key, TokenQuota quota, UtcTime time) {
    KeyUsage of = key == null ? new KeyUsage("") : key;
    long inMinute = of.usedInMinute(time.second());
    return new QuotaState(
        of.reserved,
        new QuotaState.Window(
            inMinute, quota.perMinute(), minuteReset(of, quota.perMinute(), inMinute, time)),
        new QuotaState.Window(of.day.used(time.day()), quota.perDay(), time.secondsToNextDay()),
        new QuotaState.Window(
            of.month.used(time.month()), quota.perMonth(), time.secondsToNextMonth()));
  }

  private static QuotaDecision decision(long limit, long used, long reserved, long reset) {
    long left = limit - TokenCounts.sum(used, reserved);
    if (left > 0) {
      return new QuotaDecision(true, limit, left, reset);
    }
    return new QuotaDecision(false, limit, 0, used < limit ? SOON_SECONDS : reset);
  }

  /** When fewer are used than the limit; else when the oldest use leaves; 0 without any use. */
  private static long minuteReset(KeyUsage key, long limit, long used, UtcTime time) {
    MinuteWindow minute = key.minute;
    if (minute == null || used == 0) {
      return 0;
    }
    long tooMany = limit > 0 && used >= limit ? used - limit + 1 : 1;
    return time.secondsTo(minute.secondWhenGone(tooMany));
  }
}
