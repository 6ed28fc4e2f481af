package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class SlotsTest {
  private final Slots slots = new Slots(0);

  @Test
  void whileTheyAreUnknownTwiceAsManyAsWereSeenAreLetIn() {
    assertEquals(1, slots.limit());
    slots.ranTogether(1);
    assertEquals(2, slots.limit());
    slots.ranTogether(4);
    assertEquals(8, slots.limit());
    assertFalse(slots.known());
  }

  @Test
  void theyAreKnownFromBothSides() {
    slots.ranTogether(4);
    slots.waitedBehind(4);

    assertTrue(slots.known());
    assertEquals(4, slots.count());
    assertEquals(4, slots.limit());
  }

  @Test
  void nowAndThenOneMoreIsLetInSoThatAChangeIsNoticed() {
    slots.ranTogether(1);
    slots.waitedBehind(1);
    int most = 0;
    for (int i = 0; i < 64; i++) {
      most = Math.max(most, slots.limit());
      slots.started();
    }
    assertEquals(2, most);

    slots.ranTogether(2);

    assertFalse(slots.known());
    assertEquals(4, slots.limit());
  }

  @Test
  void fewerThanBeforeAreBelieved() {
    slots.ranTogether(4);
    slots.waitedBehind(1);

    assertEquals(1, slots.limit());
  }

  @Test
  void whatTheOperatorSaysIsTrue() {
    Slots configured = new Slots(3);
    configured.ranTogether(5);
    configured.waitedBehind(1);

    assertEquals(3, configured.limit());
    assertEquals(3, configured.count());
  }
}
