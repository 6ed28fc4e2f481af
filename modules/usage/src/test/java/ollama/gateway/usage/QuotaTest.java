package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuotaTest {
  private static final TokenQuota PER_MINUTE = new TokenQuota(100, 0, 0);
  private static final TokenQuota PER_DAY = new TokenQuota(0, 100, 0);
  private static final TokenQuota PER_MONTH = new TokenQuota(0, 0, 100);

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, clock);

  @Test
  void aKeyWithoutQuotasIsAlwaysAllowed() {
    use(1_000_000);
    assertEquals(QuotaDecision.NONE, ask(TokenQuota.NONE, 1));
    assertFalse(QuotaDecision.NONE.isLimited());
    assertTrue(TokenQuota.NONE.isNone());
    assertFalse(PER_MONTH.isNone());
  }

  @Test
  void isAllowedWhileLessIsUsedThanTheQuota() {
    assertEquals(new QuotaDecision(true, 100, 70, 43_200), ask(PER_DAY, 30));
    use(99);
    assertEquals(new QuotaDecision(true, 100, 0, 43_200), ask(PER_DAY, 30));
    use(1);
    assertEquals(new QuotaDecision(false, 100, 0, 43_200), ask(PER_DAY, 30));
  }

  @Test
  void whoReservesAllThatIsLeftIsToldAResetThatIsNotNow() {
    assertEquals(new QuotaDecision(true, 100, 1, 0), ask(PER_MINUTE, 99));
    assertEquals(new QuotaDecision(true, 100, 0, 1), ask(PER_MINUTE, 100));
    assertEquals(new QuotaDecision(true, 100, 0, 1), ask(PER_MINUTE, 700));
    Reservation _ = ledger.reserve(ALICE, PER_MINUTE, 700);
    assertEquals(new QuotaDecision(false, 100, 0, 1), ask(PER_MINUTE, 1));
  }

  /** When 100 were used, and when it is asked; whether that is allowed, and the reset. */
  @ParameterizedTest
  @CsvSource({
    // A minute, in seconds of its own.
    "minute, 2026-02-27T12:00:00.000Z, 2026-02-27T12:00:00.000Z, false, 60",
    "minute, 2026-02-27T12:00:00.999Z, 2026-02-27T12:00:01.000Z, false, 59",
    "minute, 2026-02-27T12:00:00.000Z, 2026-02-27T12:00:00.001Z, false, 60",
    "minute, 2026-02-27T12:00:00.000Z, 2026-02-27T12:00:59.999Z, false, 1",
    "minute, 2026-02-27T12:00:00.000Z, 2026-02-27T12:01:00.000Z, true, 0",
    "minute, 2026-02-28T23:59:59.000Z, 2026-03-01T00:00:58.000Z, false, 1",
    "minute, 2026-02-28T23:59:59.000Z, 2026-03-01T00:00:59.000Z, true, 0",
    // A day, until midnight.
    "day, 2026-02-27T00:00:00Z, 2026-02-27T00:00:00Z, false, 86400",
    "day, 2026-02-27T00:00:00Z, 2026-02-27T23:59:59.001Z, false, 1",
    "day, 2026-02-27T23:59:59.999Z, 2026-02-28T00:00:00Z, true, 86400",
    "day, 1969-12-31T23:59:00Z, 1969-12-31T23:59:59Z, false, 1",
    "day, 1969-12-31T23:59:59Z, 1970-01-01T00:00:00Z, true, 86400",
    // A month, until its end.
    "month, 2026-02-01T00:00:00Z, 2026-02-28T23:59:59Z, false, 1",
    "month, 2026-02-01T00:00:00Z, 2026-02-01T00:00:00Z, false, 2419200",
    "month, 2024-02-01T00:00:00Z, 2024-02-29T00:00:00Z, false, 86400",
    "month, 2026-02-28T23:59:59Z, 2026-03-01T00:00:00Z, true, 2678400",
    "month, 2025-12-31T23:59:59Z, 2026-01-01T00:00:00Z, true, 2678400",
    "month, 2025-12-31T00:00:00Z, 2025-12-31T12:00:00Z, false, 43200",
    // The clock goes back: what was used is still there, and goes.
    "minute, 2026-02-27T12:00:30Z, 2026-02-27T12:00:10Z, false, 60",
    "minute, 2099-01-01T00:00:00Z, 2026-02-27T12:00:00Z, false, 60",
    "day, 2026-02-27T12:00:00Z, 2026-02-27T11:00:00Z, false, 46800",
    "day, 2026-02-28T00:00:00Z, 2026-02-27T23:59:59Z, true, 1",
    "day, 2099-01-01T00:00:00Z, 2026-02-27T12:00:00Z, true, 43200",
    "month, 2099-01-01T00:00:00Z, 2026-02-27T12:00:00Z, true, 129600",
    "month, 2026-03-01T00:00:00Z, 2026-02-28T23:59:59Z, true, 1",
  })
  void aWindowEnds(String window, String used, String asked, boolean allowed, long reset) {
    clock.set(used);
    use(100);
    clock.set(asked);
    QuotaDecision decision = ask(quota(window), 1);
    assertEquals(allowed, decision.allowed());
    assertEquals(reset, decision.resetSeconds());
    assertEquals(allowed ? 99 : 0, decision.remaining());
    assertEquals(100, decision.limit());
  }

  @Test
  void whoWaitsAsToldIsLetInAndNotBefore() {
    TokenQuota quota = new TokenQuota(50, 400, 1_000);
    for (int i = 0; i < 400; i++) {
      QuotaDecision decision = ask(quota, 1);
      if (decision.allowed()) {
        use(7);
        clock.advance(700);
      } else {
        clock.advance((decision.resetSeconds() - 1) * 1_000 - clock.millis() % 1_000);
        assertFalse(ask(quota, 1).allowed());
        clock.advance(1_000 + clock.millis() % 1_000);
        assertTrue(ask(quota, 1).allowed(), () -> "too early at " + clock.instant());
      }
    }
  }

  @Test
  void ofAMinuteEnoughHasToLeave() {
    use(60);
    clock.advance(10_000);
    use(60);
    clock.advance(10_000);
    use(30);
    // 150 of 100: 51 have to leave, which is the first 60.
    assertEquals(new QuotaDecision(false, 100, 0, 40), ask(PER_MINUTE, 1));
    use(40);
    // 190: 91 have to leave, so the next 60, too.
    assertEquals(new QuotaDecision(false, 100, 0, 50), ask(PER_MINUTE, 1));
    clock.advance(50_000);
    assertEquals(new QuotaDecision(true, 100, 29, 10), ask(PER_MINUTE, 1));
  }

  @Test
  void theTightestIsTold() {
    use(40);
    clock.advance(60_000);
    use(10);
    // 90 of the minute, 55 of the day, 950 of the month.
    QuotaDecision decision = ask(new TokenQuota(100, 105, 1_000), 5);
    assertEquals(new QuotaDecision(true, 105, 50, 43_140), decision);
  }

  @Test
  void ofExhaustedOnesTheLongestIsTold() {
    use(100);
    assertEquals(60, ask(new TokenQuota(100, 101, 101), 1).resetSeconds());
    assertEquals(43_200, ask(new TokenQuota(100, 100, 101), 1).resetSeconds());
    assertEquals(new QuotaDecision(false, 90, 0, 129_600), ask(new TokenQuota(1, 1, 90), 1));
  }

  @Test
  void whatRunsIsReservedUntilItIsSettled() {
    Reservation first = ledger.reserve(ALICE, PER_DAY, 60);
    Reservation second = ledger.reserve(ALICE, PER_DAY, 60);
    assertEquals(40, first.decision().remaining());
    assertEquals(0, second.decision().remaining());
    Reservation third = ledger.reserve(ALICE, PER_DAY, 60);
    assertEquals(new QuotaDecision(false, 100, 0, 1), third.decision());
    assertEquals(120, ledger.quotas(ALICE, PER_DAY).reserved());
    assertTrue(ledger.reserve(BOB, PER_DAY, 60).decision().allowed());

    use(5);
    first.settle();
    first.settle();
    third.settle();
    assertEquals(60, ledger.quotas(ALICE, PER_DAY).reserved());
    assertEquals(25, ask(PER_DAY, 10).remaining());
    second.settle();
    assertEquals(0, ledger.quotas(ALICE, PER_DAY).reserved());
    assertEquals(85, ask(PER_DAY, 10).remaining());
  }

  @Test
  void anEstimateIsAtLeastOneAndNeverTooLarge() {
    TokenQuota one = new TokenQuota(0, 1, 0);
    Reservation nothing = ledger.reserve(ALICE, one, -5);
    assertFalse(ledger.reserve(ALICE, one, 0).decision().allowed());
    nothing.settle();
    Reservation all = ledger.reserve(ALICE, one, Long.MAX_VALUE);
    Reservation more = ledger.reserve(BOB, new TokenQuota(0, 0, Long.MAX_VALUE), Long.MAX_VALUE);
    assertTrue(all.decision().allowed());
    assertTrue(more.decision().remaining() > 0);
    all.settle();
    assertTrue(ledger.reserve(ALICE, one, 1).decision().allowed());
  }

  @Test
  void withoutQuotasNothingIsReserved() {
    Reservation one = ledger.reserve(ALICE, TokenQuota.NONE, 60);
    assertSame(one, ledger.reserve(BOB, TokenQuota.NONE, 70));
    one.settle();
    assertEquals(0, ledger.quotas(ALICE, PER_DAY).reserved());
  }

  @Test
  void aClockThatComesBackFindsWhatWasUsed() {
    use(70);
    clock.set("2026-02-28T00:00:00Z");
    use(20);
    clock.set("2026-02-27T23:59:59Z");
    assertEquals(30, ask(PER_DAY, 0).remaining() + 1);
    use(10);
    clock.set("2026-02-28T00:00:01Z");
    assertEquals(20, ledger.quotas(ALICE, PER_DAY).day().used());
    clock.set("2099-01-01T00:00:00Z");
    use(5);
    clock.set("2026-02-28T00:00:01Z");
    assertEquals(20, ledger.quotas(ALICE, PER_DAY).day().used());
    assertEquals(100, ledger.quotas(ALICE, PER_MONTH).month().used());
  }

  @Test
  void aClockThatGoesBackLeavesNoMinuteStuck() {
    for (int i = 0; i < 5; i++) {
      use(30);
      clock.advance(-7_000);
    }
    assertFalse(ask(PER_MINUTE, 1).allowed());
    for (int i = 0; i < 60; i++) {
      assertTrue(ledger.quotas(ALICE, PER_MINUTE).minute().used() >= 0);
      clock.advance(1_000);
    }
    assertEquals(new QuotaState.Window(0, 100, 0), ledger.quotas(ALICE, PER_MINUTE).minute());
  }

  @Test
  void theStateHasAllWindowsAndWhatIsReserved() {
    use(30);
    clock.advance(30_000);
    use(50);
    Reservation _ = ledger.reserve(ALICE, PER_DAY, 11);
    assertEquals(
        new QuotaState(
            11,
            new QuotaState.Window(80, 70, 30),
            new QuotaState.Window(80, 100, 43_170),
            new QuotaState.Window(80, 0, 129_570)),
        ledger.quotas(ALICE, new TokenQuota(70, 100, 0)));
    assertEquals(0, ledger.quotas(BOB, PER_DAY).day().used());
  }

  @Test
  void whatIsNoDigestIsRefusedWithoutBeingShown() {
    for (String bad :
        new String[] {"", "secret-key", ALICE.toUpperCase(Locale.ROOT) + "0", "g".repeat(64)}) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> ledger.record(bad, MODEL, TokenCounts.NONE, false));
      String said = String.valueOf(e.getMessage());
      assertTrue(said.contains("64 hexadecimal digits"), said);
      assertFalse(said.contains("secret-key"), said);
      assertThrows(IllegalArgumentException.class, () -> ledger.reserve(bad, PER_DAY, 1));
    }
  }

  @Test
  void negativeNumbersAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TokenQuota(-1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new TokenQuota(0, -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new TokenQuota(0, 0, -1));
    assertThrows(IllegalArgumentException.class, () -> new TokenCounts(-1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new TokenCounts(0, 0, -1));
    assertThrows(IllegalArgumentException.class, () -> new TokenCounts(1, 2, 0));
  }

  @Test
  void sumsStayWhatTheyAre() {
    TokenCounts most = new TokenCounts(Long.MAX_VALUE, 0, 1);
    assertEquals(Long.MAX_VALUE, most.total());
    assertEquals(new TokenCounts(Long.MAX_VALUE, 3, 3), most.plus(new TokenCounts(5, 3, 2)));
    for (int i = 0; i < 100; i++) {
      ledger.record(ALICE, MODEL, most, false);
    }
    QuotaDecision decision = ask(new TokenQuota(Long.MAX_VALUE, 0, 0), 1);
    assertEquals(Long.MAX_VALUE - 100 * Books.TOKENS_OF_ONE_MAX - 1, decision.remaining());
  }

  private void use(long tokens) {
    ledger.record(ALICE, MODEL, tokens(tokens), false);
  }

  /** Asks without leaving anything reserved. */
  private QuotaDecision ask(TokenQuota quota, long estimate) {
    Reservation reservation = ledger.reserve(ALICE, quota, estimate);
    reservation.settle();
    return reservation.decision();
  }

  private static TokenQuota quota(String window) {
    return switch (window) {
      case "minute" -> PER_MINUTE;
      case "day" -> PER_DAY;
      default -> PER_MONTH;
    };
  }
}
