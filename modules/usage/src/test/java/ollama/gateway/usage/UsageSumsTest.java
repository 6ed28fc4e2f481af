package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows of several ledgers together. */
class UsageSumsTest {
  private static final LocalDate DAY = LocalDate.of(2027, 1, 31);

  private final UsageSums sums = new UsageSums();

  private static UsageRow row(LocalDate day, String key, String model, long requests) {
    return new UsageRow(key, model, day, requests, 1, new TokenCounts(20, 10, 30));
  }

  @Test
  void rowsOfTheSameDayKeyAndModelAreOne() {
    sums.add(row(DAY, BOB, "m", 2));
    sums.add(row(DAY, ALICE, "n", 3));
    sums.add(row(DAY, BOB, "m", 4));
    sums.add(row(DAY.minusDays(1), BOB, "m", 5));
    sums.add(row(DAY, ALICE, "m", 6));

    assertEquals(4, sums.size());
    assertEquals(
        List.of(
            row(DAY.minusDays(1), BOB, "m", 5),
            new UsageRow(BOB, "m", DAY, 6, 2, new TokenCounts(40, 20, 60)),
            row(DAY, ALICE, "m", 6),
            row(DAY, ALICE, "n", 3)),
        sums.rows());
  }

  @Test
  void aSumThatIsTooLargeStaysAtTheLargestNumber() {
    sums.add(row(DAY, BOB, "m", Long.MAX_VALUE));
    sums.add(row(DAY, BOB, "m", 1));

    assertEquals(Long.MAX_VALUE, sums.rows().getFirst().requests());
  }

  @Test
  void daysUpToOneCanBeLeftOut() {
    for (int i = 0; i < 4; i++) {
      sums.add(row(DAY.plusDays(i), BOB, "m", 1));
    }
    sums.dropUpTo(DAY.plusDays(2));

    assertEquals(1, sums.size());
    assertEquals(List.of(row(DAY.plusDays(3), BOB, "m", 1)), sums.rows());
  }
}
