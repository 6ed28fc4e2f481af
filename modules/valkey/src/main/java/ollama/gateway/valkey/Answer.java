package ollama.gateway.valkey;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.QuotaDecision;
import ollama.gateway.usage.QuotaState;
import ollama.gateway.usage.TokenQuota;

/** What the script {@link Script#ADMIT} says, in the order in which it says it. */
record Answer(
    long kind,
    long left,
    long resetMicros,
    long reserved,
    long inMinute,
    long minuteReset,
    Periods periods) {

  private static final long MICROS = 1_000_000;
  private static final int PARTS = 8;
  private static final long SECONDS_PER_DAY = 86_400;

  /** What was used in the day and in the month. */
  record Periods(long inDay, long inMonth) {}

  static Answer of(Object said) {
    if (!(said instanceof List<?> parts) || parts.size() != PARTS) {
      throw new IllegalStateException("not the answer of a script of this gateway: " + said);
    }
    return new Answer(
        number(parts, 0),
        number(parts, 1),
        number(parts, 2),
        number(parts, 3),
        number(parts, 4),
        number(parts, 5),
        new Periods(number(parts, 6), number(parts, 7)));
  }

  static long number(List<?> parts, int index) {
    return ((Number) parts.get(index)).longValue();
  }

  static long microsOf(Demand.Rate rate) {
    return rate.windowSeconds() * MICROS;
  }

  Verdict verdict(Demand demand) {
    Verdict.Kind what =
        switch ((int) kind) {
          case 1 -> Verdict.Kind.TOO_MANY_RUNNING;
          case 2 -> Verdict.Kind.TOO_OFTEN;
          case 3 -> Verdict.Kind.QUOTA_USED_UP;
          case 4 -> Verdict.Kind.ADMITTED;
          default -> throw new IllegalStateException("no verdict is " + kind);
        };
    return new Verdict(what, rate(demand.rate(), what), quota(demand.key(), what));
  }

  private Decision rate(Demand.Rate rate, Verdict.Kind what) {
    if (!rate.isLimited() || what == Verdict.Kind.TOO_MANY_RUNNING) {
      return Decision.unlimited();
    }
    boolean allowed = what != Verdict.Kind.TOO_OFTEN;
    int reset = (int) Math.max(1, Math.ceilDiv(resetMicros, MICROS));
    return new Decision(allowed, rate.max(), (int) left, reset, allowed ? 0 : reset);
  }

  private QuotaDecision quota(Demand.Key key, Verdict.Kind what) {
    boolean isAsked =
        what.compareTo(Verdict.Kind.TOO_OFTEN) > 0
            && key.estimatedTokens() > 0
            && !key.quota().isNone();
    if (!isAsked) {
      return QuotaDecision.NONE;
    }
    TokenQuota quota = key.quota();
    long second = System.currentTimeMillis() / 1000;
    long intoDay = Math.floorMod(second, SECONDS_PER_DAY);
    LocalDate today = LocalDate.ofEpochDay(Math.floorDiv(second, SECONDS_PER_DAY));
    long nextMonth =
        today.withDayOfMonth(1).plusMonths(1).atStartOfDay().toEpochSecond(ZoneOffset.UTC);
    QuotaState state =
        new QuotaState(
            reserved,
            new QuotaState.Window(inMinute, quota.perMinute(), minuteReset),
            new QuotaState.Window(periods.inDay, quota.perDay(), SECONDS_PER_DAY - intoDay),
            new QuotaState.Window(periods.inMonth, quota.perMonth(), nextMonth - second));
    return QuotaDecision.of(state, key.estimatedTokens());
  }
}
