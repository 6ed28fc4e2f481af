package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/** What quotas say to a key. Whoever calls holds the lock of its {@link Books}. */
final class Quotas {

  private Quotas() {}

  /** The answer to a request that would reserve so much, which isn't done here. */
  static QuotaDecision decide(KeyUsage key, TokenQuota quota, long estimate, UtcTime time) {
    return QuotaDecision.of(state(key, quota, time), estimate);
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
