package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EjectionTest {
  private static final long SECOND = 1_000_000_000;

  private final Ejection ejection = new Ejection();
  private long now = Long.MAX_VALUE - 5;

  @Test
  void whoHasNotFailedIsIn() {
    assertFalse(ejection.isOut(Long.MIN_VALUE));
    assertFalse(ejection.isOut(now));
    assertTrue(ejection.enter(now));
    assertFalse(ejection.succeeded());
  }

  @Test
  void afterAFailureItIsLeftAloneForASecond() {
    assertFalse(fail());
    assertTrue(ejection.isOut(now));
    assertFalse(ejection.isBarred(now));
    now += SECOND - 1;
    assertTrue(ejection.isOut(now));
    now++;
    assertFalse(ejection.isOut(now));
  }

  @Test
  void fiveFailuresInARowEject() {
    for (int i = 0; i < 4; i++) {
      assertFalse(fail());
    }
    assertFalse(ejection.isEjected());
    assertTrue(fail());
    assertTrue(ejection.isEjected());
    assertTrue(ejection.isBarred(now));
    assertFalse(fail());
  }

  @Test
  void aSuccessAmongThemBeginsTheCountAnew() {
    for (int i = 0; i < 4; i++) {
      assertFalse(fail());
    }
    assertFalse(ejection.succeeded());
    for (int i = 0; i < 4; i++) {
      assertFalse(fail());
    }
    assertFalse(ejection.isEjected());
  }

  @Test
  void afterThePauseOneRequestProbesIt() {
    eject();
    assertFalse(ejection.enter(now));
    now += SECOND;
    assertFalse(ejection.isOut(now));
    assertTrue(ejection.enter(now));
    assertTrue(ejection.isOut(now));
    assertFalse(ejection.enter(now));
    assertTrue(ejection.isEjected());

    assertTrue(ejection.succeeded());

    assertFalse(ejection.isEjected());
    assertFalse(ejection.isOut(now));
  }

  @Test
  void pausesDoubleUpToHalfAMinute() {
    eject();
    List<Long> seconds = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      long began = now;
      while (ejection.isOut(now)) {
        now += SECOND;
      }
      seconds.add((now - began) / SECOND);
      assertTrue(ejection.enter(now));
      assertFalse(fail());
    }
    assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L), seconds);
  }

  @Test
  void pausesAreNotTheSameEverywhere() {
    for (int i = 0; i < 5; i++) {
      boolean _ = ejection.failed(now, 1);
    }
    now += SECOND;
    assertTrue(ejection.isOut(now));
    now += SECOND / 10;
    assertFalse(ejection.isOut(now));
  }

  @Test
  void whatWasAskedBeforeDoesNotMakeThePauseLonger() {
    eject();
    for (int i = 0; i < 20; i++) {
      assertFalse(fail());
    }
    now += SECOND;
    assertFalse(ejection.isOut(now));
  }

  @Test
  void aProbeOfWhichNothingCameMakesWayForAnother() {
    eject();
    now += SECOND;
    assertTrue(ejection.enter(now));
    ejection.left(now);
    assertFalse(ejection.isOut(now));
    assertTrue(ejection.enter(now));
    // Nor does one that hangs keep it out.
    now += 30 * SECOND;
    assertTrue(ejection.enter(now));
  }

  private void eject() {
    for (int i = 0; i < 5; i++) {
      boolean _ = fail();
    }
  }

  private boolean fail() {
    return ejection.failed(now, 0);
  }
}
