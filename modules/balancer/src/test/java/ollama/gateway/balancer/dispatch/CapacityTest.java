package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Servers whose settings don't say how many models they keep loaded; each keeps one. */
final class CapacityTest {
  private static final long SECOND = 1_000_000_000;
  private static final long LOAD = 3 * SECOND;
  private static final long LOOK = SECOND / 50;
  private static final long WORK = SECOND / 2;

  private final Map<String, String> loaded = new HashMap<>();
  private final List<String> order = new ArrayList<>();
  private int loads;
  private long now = SECOND;

  @Test
  void twoModelsOnTwoServersStayWhereTheyAre() {
    Line line = line(2);
    for (String model : List.of("a", "a", "b", "b", "a", "b")) {
      serve(line, model);
    }
    int before = loads;
    assertTrue(before <= 4, () -> "loads: " + before);
    for (String model : List.of("b", "a", "a", "a", "b", "a", "b", "b", "a")) {
      serve(line, model);
    }
    assertEquals(before, loads);
  }

  @Test
  void requestsForOneModelAreServedTogetherOnceAnotherWasSeenToGoForIt() {
    Line line = line(1);
    tell(line, Set.of());
    for (String model : List.of("a", "b", "a", "b")) {
      serve(line, model);
    }
    loads = 0;
    List<Ticket> tickets = new ArrayList<>();
    for (String model : List.of("a", "b", "c", "a", "b", "c", "a", "b", "c")) {
      tickets.add(enter(line, model));
    }
    while (order.size() < tickets.size()) {
      Ticket next =
          tickets.stream().filter(t -> t.state() == Ticket.State.STARTED).findFirst().orElseThrow();
      answer(next);
    }
    assertTrue(loads <= 3, () -> "loads: " + loads + " by " + order);
  }

  @Test
  void theListOfWhatIsLoadedTellsTheSame() {
    Line line = lineThatSawOneGo(0);
    Ticket first = enter(line, "b");

    assertWaitsFor(first, enter(line, "a"), "b is in use, and a has no room beside it");
  }

  @Test
  void whatIsMissingThereThoughItIsInUseMadeWayToo() {
    Line line = line(1);
    tell(line, Set.of());
    Ticket first = enter(line, "a");
    tell(line, Set.of("a"));
    Ticket second = enter(line, "b");
    assertEquals(Ticket.State.STARTED, second.state());
    tell(line, Set.of("b"));
    answer(first);

    assertWaitsFor(second, enter(line, "a"), "b is in use");
  }

  @Test
  void whatIsMissingWhileAnotherIsLoadedMadeWayForThat() {
    Line line = line(1);
    tell(line, Set.of());
    serve(line, "a");
    tell(line, Set.of("a"));
    Ticket coming = enter(line, "b");
    tell(line, Set.of());
    answer(coming);
    Ticket first = enter(line, "b");

    assertWaitsFor(first, enter(line, "a"), "b is in use, and a has no room beside it");
  }

  @Test
  void whatIsListedStillWhileItMakesWayIsNotThereAnyMore() {
    Line line = lineThatSawOneGo(0);
    Ticket coming = enter(line, "a");
    tell(line, Set.of("b"));

    assertWaitsFor(coming, enter(line, "b"), "it would have to be loaded again");
  }

  @Test
  void whatStaysWhileAnotherIsLoadedHasRoomBesideIt() {
    Line line = line(1);
    tell(line, Set.of());
    serve(line, "a");
    serve(line, "b");
    tell(line, Set.of("a", "b"));
    Ticket coming = enter(line, "c");
    tell(line, Set.of("b"));
    answer(coming);
    Ticket first = enter(line, "b");
    Ticket second = enter(line, "c");
    assertEquals(Ticket.State.STARTED, first.state());
    assertEquals(Ticket.State.STARTED, second.state(), "there is room for two");

    assertWaitsFor(second, enter(line, "a"), "both are in use");
  }

  @Test
  void aListWithMoreOfThemShowsThatThereIsRoom() {
    Line line = lineThatSawOneGo(0);
    tell(line, Set.of("a", "b"));
    tell(line, Set.of("b"));
    Ticket first = enter(line, "b");

    assertEquals(Ticket.State.STARTED, enter(line, "a").state());
    assertEquals(Ticket.State.STARTED, first.state());
  }

  @Test
  void aModelThatNobodyUsedForLongMadeNoWay() {
    Line line = lineThatSawOneGo(400 * SECOND);
    Ticket first = enter(line, "b");

    assertEquals(Ticket.State.STARTED, enter(line, "a").state());
    assertEquals(Ticket.State.STARTED, first.state());
  }

  private void assertWaitsFor(Ticket inUse, Ticket other, String why) {
    assertEquals(Ticket.State.WAITING, other.state(), why);
    answer(inUse);
    assertEquals(Ticket.State.STARTED, other.state());
  }

  /** Of one server, whose lists had a, and so much later, once b was loaded, only b. */
  private Line lineThatSawOneGo(long later) {
    Line line = line(1);
    tell(line, Set.of());
    serve(line, "a");
    tell(line, Set.of("a"));
    now += later;
    serve(line, "b");
    tell(line, Set.of("b"));
    return line;
  }

  private static Line line(int servers) {
    List<ServerSpec> specs = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      specs.add(new ServerSpec("s" + i, 1, 0, 1));
    }
    return new Line(specs, new Soonest(), LineSettings.DEFAULT);
  }

  private void tell(Line line, Set<String> models) {
    now++;
    line.loaded("s0", models, now, now);
  }

  private void serve(Line line, String model) {
    answer(enter(line, model));
  }

  private Ticket enter(Line line, String model) {
    now++;
    Work work = new Work(model, 0, new Prompt(100, 0, Chain.NONE), "k", Priority.NORMAL, true);
    return line.enter(work, Set.of(), _ -> {}, now);
  }

  private void answer(Ticket ticket) {
    assertEquals(Ticket.State.STARTED, ticket.state());
    String model = ticket.work().model();
    boolean isThere = model.equals(loaded.put(ticket.server(), model));
    loads += isThere ? 0 : 1;
    order.add(model);
    long load = isThere ? LOOK : LOAD;
    now += load;
    ticket.began(now);
    now += WORK;
    ticket.ended(
        new FinalNumbers(load + WORK, load, WORK / 10, WORK * 9 / 10, 100, 60), Chain.NONE, now);
  }
}
