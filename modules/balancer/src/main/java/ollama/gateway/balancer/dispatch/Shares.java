package ollama.gateway.balancer.dispatch;

import java.util.List;

/**
 * How gateways share a server's slots for a model. Pure, so that each decides alike by what it
 * heard; what is said of the others may be old, and only who gives out the slots knows the truth.
 */
public final class Shares {

  /**
   * How many slots a gateway is to hold: one for each request that is there, and of the free ones
   * those that are its turn. Gateways with greater claims take theirs first, one by one in rounds.
   * One slot counts as free however full it seems, so that it isn't left unused while nobody knows.
   *
   * @param slots how many there are
   * @param own what the gateway has and wants
   * @param others what the others told
   * @return no more than it has and wants
   */
  public static int share(int slots, Pressure own, List<Pressure> others) {
    int inFlight = own.inFlight();
    for (Pressure other : others) {
      inFlight += other.inFlight();
    }
    int free = Math.max(1, slots - inFlight);
    int turns = 0;
    int taken = 0;
    while (turns < own.waiting()) {
      int inRound = 1;
      int before = 0;
      for (Pressure other : others) {
        boolean takes = other.waiting() > turns;
        inRound += takes ? 1 : 0;
        before += takes && other.claim() > own.claim() ? 1 : 0;
      }
      if (taken + before >= free) {
        break;
      }
      taken += inRound;
      turns++;
    }
    return own.inFlight() + turns;
  }

  /**
   * How many slots may be given out: the sum of all grants is never more than there are.
   *
   * @param slots how many there are
   * @param granted the sum of what all gateways hold
   * @param more how many more one of them wants
   * @return how many of these it gets, 0 or more
   */
  public static int free(int slots, int granted, int more) {
    return Math.clamp((long) slots - granted, 0, Math.max(0, more));
  }

  private Shares() {}
}
