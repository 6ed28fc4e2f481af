package ollama.gateway.http.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

  private final MemoryBudget whole = new MemoryBudget(1_000);
  private final MemoryBudget one = whole.part();
  private final MemoryBudget other = whole.part();

  @Test
  void noMoreIsTakenThanThereIs() {
    assertTrue(whole.take(600));
    assertFalse(whole.take(401));
    assertTrue(whole.take(400));
    whole.give(1_000);
    assertEquals(0, whole.takenBytes());
  }

  @Test
  void whoComesLaterFindsRoomHoweverMuchOneWants() {
    int pieces = 0;
    while (one.take(10)) {
      pieces++;
    }
    assertEquals(50, pieces, "as much as is left");
    assertTrue(other.take(250), "as much as is left then");
    assertFalse(other.take(10));
    assertTrue(whole.part().take(120));
  }

  @Test
  void whatIsGivenBackIsThereForAll() {
    assertTrue(one.take(500));
    one.give(500);
    assertEquals(0, one.takenBytes());
    assertEquals(0, whole.takenBytes());
    assertTrue(other.take(500));
  }

  @Test
  void whatIsRefusedTakesNothing() {
    assertFalse(one.take(501));
    assertEquals(0, one.takenBytes());
    assertEquals(0, whole.takenBytes());
  }

  @Test
  void whetherSomethingCouldEverBeTakenIsKnown() {
    assertTrue(one.couldHold(500));
    assertFalse(one.couldHold(501));
    assertTrue(whole.couldHold(1_000));
    assertFalse(whole.couldHold(1_001));
  }
}
