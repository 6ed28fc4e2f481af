package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SoonestTest {
  private static final Candidate.Queue FREE = new Candidate.Queue(0, 1, 2_000, 0);
  private static final Candidate.Queue BUSY = new Candidate.Queue(1, 1, 2_000, 0);
  private static final Candidate.Loading WARM = new Candidate.Loading(false, 5_000, 0, 0);
  private static final Candidate.Loading COLD = new Candidate.Loading(true, 5_000, 0, 0);
  private static final Candidate.Prefill NEW = new Candidate.Prefill(1_000, 0);
  private static final Candidate.Prefill CACHED = new Candidate.Prefill(1_000, 4_000);

  private final Soonest soonest = new Soonest();

  @Test
  void theSumIsWaitAndLoadAndPrefill() {
    Choice choice = choose(0, of("a", BUSY, COLD, CACHED));

    assertEquals(List.of(new Estimate("a", true, 2_000, 5_000, 1_000)), choice.estimates());
    assertEquals(8_000, choice.estimates().getFirst().totalMillis());
  }

  @Test
  void aLoadUnderWayAndAnEvictionAreAddedToTheLoad() {
    Candidate.Loading crowded = new Candidate.Loading(true, 5_000, 1_500, 2_500);

    assertEquals(9_000, choose(0, of("a", FREE, crowded, NEW)).estimates().getFirst().loadMillis());
  }

  @Test
  void whoHoldsThePromptIsWorthAShortWaitButNotALongOne() {
    Candidate other = of("b", FREE, WARM, NEW);

    assertEquals(0, choose(0, of("a", BUSY, WARM, CACHED), other).index());
    Candidate.Queue longer = new Candidate.Queue(3, 1, 2_000, 0);
    assertEquals(1, choose(0, of("a", longer, WARM, CACHED), other).index());
  }

  @Test
  void aBusyServerIsBetterThanALongerLoad() {
    assertEquals(0, choose(0, of("a", BUSY, WARM, NEW), of("b", FREE, COLD, NEW)).index());
  }

  @Test
  void equalSumsTakeTurns() {
    List<Integer> chosen = new ArrayList<>();
    for (int turn = 0; turn < 4; turn++) {
      Candidate.Prefill alike = new Candidate.Prefill(1_050, 0);
      chosen.add(choose(turn, of("a", FREE, WARM, NEW), of("b", FREE, WARM, alike)).index());
    }
    assertEquals(List.of(0, 1, 0, 1), chosen);
  }

  @Test
  void ofEqualSumsTheEmptierServerIsTaken() {
    Candidate.Queue two = new Candidate.Queue(2, 4, 2_000, 0);
    Candidate.Queue one = new Candidate.Queue(1, 4, 2_000, 0);

    for (int turn = 0; turn < 2; turn++) {
      assertEquals(1, choose(turn, of("a", two, WARM, NEW), of("b", one, WARM, NEW)).index());
    }
  }

  @Test
  void ofEqualSumsOneWithoutALoadIsTaken() {
    Candidate.Queue two = new Candidate.Queue(2, 4, 2_000, 0);
    Candidate.Loading cheap = new Candidate.Loading(true, 10, 0, 0);

    for (int turn = 0; turn < 2; turn++) {
      assertEquals(1, choose(turn, of("a", FREE, cheap, NEW), of("b", two, WARM, NEW)).index());
    }
  }

  @Test
  void whatAServerHasNotShownIsTakenFromItsBestPeer() {
    Candidate.Prefill unknown = new Candidate.Prefill(Double.NaN, 0);
    Candidate.Loading load = new Candidate.Loading(true, Double.NaN, 0, 0);

    Choice choice = choose(0, of("a", FREE, COLD, NEW), of("b", FREE, load, unknown));

    assertEquals(5_000, choice.estimates().get(1).loadMillis());
    assertEquals(5_000, choice.estimates().get(1).prefillMillis());
  }

  @Test
  void aServerThatLacksTheModelOrIsDownIsNoCandidate() {
    Candidate lacks = new Candidate("a", true, Candidate.Holds.NO, FREE, WARM, CACHED, 1);
    Candidate down = new Candidate("b", false, Candidate.Holds.YES, FREE, WARM, CACHED, 1);

    Choice choice = choose(0, lacks, down, of("c", BUSY, COLD, NEW));

    assertEquals(2, choice.index());
    assertFalse(choice.estimates().getFirst().eligible());
  }

  @Test
  void whereNobodyHasTheModelAnyOneIsAsked() {
    Candidate lacks = new Candidate("a", true, Candidate.Holds.NO, FREE, WARM, NEW, 1);
    Candidate down = new Candidate("b", false, Candidate.Holds.NO, FREE, WARM, NEW, 1);

    assertEquals(0, choose(0, lacks, down).index());
    assertEquals(-1, choose(0, down).index());
  }

  @Test
  void whereOnlyAServerThatIsDownHasTheModelNoOtherIsAsked() {
    Candidate lacks = new Candidate("a", true, Candidate.Holds.NO, FREE, WARM, NEW, 1);
    Candidate down = new Candidate("b", false, Candidate.Holds.YES, FREE, WARM, NEW, 1);

    assertEquals(-1, choose(0, lacks, down).index());
  }

  @Test
  void weightScalesWaitAndPrefill() {
    Candidate twice = new Candidate("a", true, Candidate.Holds.YES, BUSY, WARM, NEW, 2);

    assertEquals(new Estimate("a", true, 1_000, 0, 2_500), choose(0, twice).estimates().getFirst());
  }

  @Test
  void aDecisionAmongSixteenTakesMicroseconds() {
    List<Candidate> many = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      many.add(of("s" + i, i % 3 == 0 ? BUSY : FREE, i % 2 == 0 ? WARM : COLD, NEW));
    }
    Work work = work();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 200; round++) {
      long begin = System.nanoTime();
      for (int i = 0; i < 200; i++) {
        assertTrue(soonest.choose(many, work, i).index() >= 0);
      }
      least = Math.min(least, (System.nanoTime() - begin) / 200);
    }
    long best = least;
    assertTrue(best <= 5_000, () -> "at most 5000 ns, was " + best);
  }

  private Choice choose(long turn, Candidate... candidates) {
    return soonest.choose(List.of(candidates), work(), turn);
  }

  private static Work work() {
    return new Work("m", 0, new Prompt(5_000, 0, Chain.NONE), "k", Priority.NORMAL, true);
  }

  private static Candidate of(
      String name, Candidate.Queue queue, Candidate.Loading loading, Candidate.Prefill prefill) {
    return new Candidate(name, true, Candidate.Holds.YES, queue, loading, prefill, 1);
  }
}
