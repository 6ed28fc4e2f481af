package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a line makes of other gateways' requests. */
final class SeveralGatewaysTest {
  private static final Learned.Speed UNKNOWN =
      new Learned.Speed(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

  private final List<String> news = new ArrayList<>();
  private final Line line =
      new Line(
          List.of(new ServerSpec("s0", 2, 0, 1), new ServerSpec("s1", 2, 0, 1)),
          new Soonest(),
          LineSettings.DEFAULT);
  private final long now = 1_000_000_000;

  SeveralGatewaysTest() {
    line.loaded("s0", Set.of("m"), now, now);
    line.loaded("s1", Set.of("m"), now, now);
    line.observe(
        new GrantObserver() {
          @Override
          public void isShort(String server, String model, int wanted, int slots, boolean loads) {
            news.add(server + " short, wanted " + wanted + " of " + slots);
          }

          @Override
          public void gaveBack(String server, String model, int given) {
            news.add(server + " gave back " + given);
          }
        },
        PlaceObserver.NONE);
  }

  @Test
  void othersRequestsFillAServerUntilTheyAreGone() {
    line.heard("b", List.of(others("s0", 2), others("s1", 2)), now);
    Ticket ticket = enter();
    assertEquals(Ticket.State.WAITING, ticket.state());

    line.gone("b", now);

    assertEquals(Ticket.State.STARTED, ticket.state());
  }

  @Test
  void whatWasToldLastReplacesWhatWasToldBefore() {
    line.heard("b", List.of(others("s0", 2)), now);
    assertEquals("s1", enter().server());
    line.heard("b", List.of(others("s1", 2)), now);
    assertEquals("s0", enter().server());
  }

  @Test
  void whatWasHeardIsNoPartOfWhatIsTold() {
    line.heard("b", List.of(others("s0", 1), others("unknown", 1)), now);
    Ticket _ = enter();

    int inFlight = line.standings(now).stream().mapToInt(s -> s.pressure().inFlight()).sum();

    assertEquals(1, inFlight);
  }

  @Test
  void whoHasNoGrantAsksAndStartsWithIt() {
    line.ungranted(0, now);
    Ticket ticket = enter();
    assertEquals(Ticket.State.WAITING, ticket.state());
    assertEquals(List.of("s0 short, wanted 1 of 2"), news);

    boolean _ = line.grant("s0", "m", 1, now);

    assertEquals(Ticket.State.STARTED, ticket.state());
  }

  @Test
  void aSlotThatIsFreeIsGivenBackAtOnceWhereAnotherGatewayWaitsElseWithTheNextExchange() {
    line.ungranted(0, now);
    for (String expected : List.of("later", "at once")) {
      Ticket ticket = enter();
      boolean _ = line.grant("s0", "m", 1, now);
      if (expected.equals("at once")) {
        line.heard("other", List.of(waiting("s0")), now);
      }
      news.clear();
      boolean _ = ticket.leave(now);
      assertEquals(expected.equals("at once"), news.contains("s0 gave back 1"), news::toString);
      List<Standing> _ = line.standings(now);
      assertTrue(news.contains("s0 gave back 1"), news::toString);
    }
  }

  @Test
  void aGrantThatIsRefusedSendsTheRequestElsewhere() {
    line.ungranted(0, now);
    Ticket ticket = enter();
    boolean _ = line.grant("s0", "m", 0, now);
    boolean _ = line.grant("s1", "m", 1, now);

    assertEquals("s1", ticket.server());
  }

  @Test
  void aConversationGoesWhereAnotherGatewayHadIt() {
    Chain chain = new Chain(new long[] {1}, new int[] {4_000});
    line.heardPlace("s1", "m", chain, 0, 4_000, now);

    Work work = new Work("m", 0, new Prompt(4_000, 0, chain), "k", Priority.NORMAL, true);

    assertEquals("s1", line.enter(work, Set.of(), t -> {}, now).server());
  }

  @Test
  void whatAnotherGatewayMissedIsThereNoMoreAndTeachesHowMuchIsKept() {
    Chain[] chains = new Chain[6];
    for (int i = 0; i < chains.length; i++) {
      chains[i] = new Chain(new long[] {i + 1}, new int[] {4_000});
      line.heardPlace("s1", "m", chains[i], 0, 4_000, now);
    }

    line.heardMiss("s1", "m", chains[2], 0, now);
    line.heardPlace("s1", "m", chains[2], 0, 4_000, now);

    List<Double> left = new ArrayList<>();
    for (Chain chain : chains) {
      left.add(line.explain(asking(chain), now).estimates().get(1).prefillMillis());
    }
    // What came before it is gone, too.
    assertEquals(List.of(4_000.0, 4_000.0, 0.0, 0.0, 0.0, 0.0), left);
  }

  @Test
  void whereAMissShowsThatAPromptIsGoneItIsToldBeforeTheSlotIsGivenBack() {
    line.ungranted(0, now);
    Chain chain = new Chain(new long[] {1}, new int[] {4_000});
    line.observe(
        new GrantObserver() {
          @Override
          public void isShort(String server, String model, int wanted, int slots, boolean loads) {}

          @Override
          public void gaveBack(String server, String model, int given) {
            news.add("gave back");
          }
        },
        new PlaceObserver() {
          @Override
          public void answered(String server, String model, Chain at, long session, int tokens) {
            news.add("answered");
          }

          @Override
          public void missed(String server, String model, Chain prompt, int foundTokens) {
            news.add("missed, found " + foundTokens);
          }
        });
    // The first one is read, the second one is there already, the third one is there no more.
    for (long prefillMillis : new long[] {4_000, 1, 4_000}) {
      Ticket ticket = line.enter(asking(chain), Set.of(), t -> {}, now);
      boolean _ = line.grant("s0", "m", 1, now);
      boolean _ = line.grant("s1", "m", 1, now);
      line.heard("other", List.of(waiting("s0"), waiting("s1")), now);
      news.clear();
      ticket.began(now);
      long prefill = prefillMillis * 1_000_000;
      FinalNumbers numbers = new FinalNumbers(prefill + 9_000_000, 1, prefill, 9_000_000, 4_000, 1);
      ticket.ended(numbers, chain, now + prefill);
      List<Standing> _ = line.standings(now);
    }

    assertEquals(List.of("missed, found 0", "answered", "gave back"), news.subList(0, 3));
  }

  @Test
  void whoWantsASlotSaysWhetherItBeginsALoad() {
    List<String> asked = new ArrayList<>();
    line.observe(
        (server, model, wanted, slots, loads) -> asked.add(model + (loads ? " to load" : "")),
        PlaceObserver.NONE);
    line.ungranted(0, now);

    Ticket _ = enter();
    Work other = new Work("n", 0, Prompt.UNKNOWN, "k", Priority.NORMAL, true);
    Ticket _ = line.enter(other, Set.of(), t -> {}, now);

    assertTrue(asked.containsAll(List.of("m", "n to load")), asked::toString);
  }

  private static Work asking(Chain chain) {
    return new Work("m", 0, new Prompt(4_000, 0, chain), "k", Priority.NORMAL, true);
  }

  private Ticket enter() {
    Work work = new Work("m", 0, Prompt.UNKNOWN, "k", Priority.NORMAL, true);
    return line.enter(work, Set.of(), t -> {}, now);
  }

  private static Standing.Where at(String server) {
    return new Standing.Where(server, "m");
  }

  private static Standing others(String server, int inFlight) {
    return new Standing(at(server), new Pressure(inFlight, 0, 0), true, false, 0, UNKNOWN);
  }

  private static Standing waiting(String server) {
    Learned.Speed speed = new Learned.Speed(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    return new Standing(at(server), new Pressure(2, 1, Long.MAX_VALUE / 4), true, false, 2, speed);
  }
}
