package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SharesTest {

  @Test
  void whoIsAloneGetsWhatItWants() {
    assertEquals(3, share(4, want(1, 2, 10), List.of()));
  }

  @Test
  void whoHasWaitedLongestGetsTheOnlySlot() {
    assertEquals(1, share(1, want(0, 2, 20), List.of(want(0, 1, 10))));
    assertEquals(0, share(1, want(0, 2, 10), List.of(want(0, 1, 20))));
  }

  @Test
  void freeOnesGoRound() {
    assertEquals(2, share(3, want(0, 5, 20), List.of(want(0, 5, 10))));
    assertEquals(1, share(3, want(0, 5, 10), List.of(want(0, 5, 20))));
  }

  @Test
  void whatIsInFlightStays() {
    assertEquals(2, share(2, want(2, 0, 0), List.of(want(0, 4, 10))));
  }

  @Test
  void noMoreIsGivenOutThanThereIs() {
    assertEquals(1, Shares.free(4, 3, 2));
    assertEquals(0, Shares.free(4, 5, 2));
    assertEquals(2, Shares.free(4, 0, 2));
  }

  private static int share(int slots, Pressure own, List<Pressure> others) {
    return Shares.share(slots, own, others);
  }

  private static Pressure want(int inFlight, int waiting, long claim) {
    return new Pressure(inFlight, waiting, claim);
  }
}
