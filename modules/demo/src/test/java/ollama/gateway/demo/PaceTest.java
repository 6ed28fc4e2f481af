package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PaceTest {

  @Test
  void tellsFromTheStartWhenEachWordIsDue() {
    Pace pace = new Pace(20);
    assertEquals(1_050_000_000L, pace.dueNanos(1_000_000_000L, 0));
    assertEquals(2_000_000_000L, pace.dueNanos(1_000_000_000L, 19));
    assertEquals(100_000L * 50_000_000, new Pace(20).dueNanos(0, 99_999));
  }

  @Test
  void isBounded() {
    assertThrows(IllegalArgumentException.class, () -> new Pace(-1));
    assertThrows(IllegalArgumentException.class, () -> new Pace(Pace.WORDS_PER_SECOND_MAX + 1));
  }

  @Test
  void hasTwoNames() {
    assertEquals(new Pace(20), Pace.human());
    assertTrue(Pace.unlimited().isUnlimited());
  }
}
