package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RecentMaximumTest {

  private static final long MINUTE = RecentMaximum.WINDOW_NANOS;

  private final RecentMaximum recent = new RecentMaximum(0);

  @Test
  void isTheLargest() {
    assertEquals(0, recent.read(1));
    recent.note(3, 1);
    recent.note(7, 2);
    recent.note(5, 3);
    assertEquals(7, recent.read(4));
  }

  @Test
  void readingTakesNothingAway() {
    recent.note(7, 1);
    assertEquals(7, recent.read(2));
    assertEquals(7, recent.read(3));
  }

  @Test
  void isKeptForAMinuteAndForgottenAfterTwo() {
    recent.note(7, MINUTE - 1);
    recent.note(5, MINUTE + 1);
    assertEquals(7, recent.read(2 * MINUTE - 1));
    recent.note(3, 2 * MINUTE + 1);
    assertEquals(5, recent.read(2 * MINUTE + 1));
  }

  @Test
  void isForgottenAlsoWhenNothingComes() {
    recent.note(7, 1);
    assertEquals(7, recent.read(MINUTE + 1));
    assertEquals(0, recent.read(2 * MINUTE));
    recent.note(3, 10 * MINUTE);
    assertEquals(3, recent.read(10 * MINUTE));
  }
}
