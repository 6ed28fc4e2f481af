package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class LineTest {
  private static final long SECOND = 1_000_000_000;

  private final List<String> started = Collections.synchronizedList(new ArrayList<>());
  private long now = SECOND;

  @Test
  void whoFindsRoomStartsAtOnce() {
    Ticket ticket = enter(line(1), "a", Priority.NORMAL, "m");

    assertEquals(Ticket.State.STARTED, ticket.state());
    assertEquals("s0", ticket.server());
    assertEquals(List.of("a"), started);
  }

  @Test
  void whoFindsNoneStartsWhenAnotherEnds() {
    Line line = line(1);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    Ticket second = enter(line, "b", Priority.NORMAL, "m");
    assertEquals(Ticket.State.WAITING, second.state());
    assertEquals(1, line.waiting());

    end(first);

    assertEquals(Ticket.State.STARTED, second.state());
    assertEquals(0, line.waiting());
  }

  @Test
  void whoLeavesGivesUpHisPlaceAtOnce() {
    Line line = line(1);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    Ticket second = enter(line, "b", Priority.NORMAL, "m");
    Ticket third = enter(line, "c", Priority.NORMAL, "m");

    assertTrue(second.leave(now));
    assertFalse(second.leave(now));
    end(first);

    assertEquals(List.of("a", "c"), started);
    assertEquals(Ticket.State.STARTED, third.state());
    assertEquals(Ticket.State.ENDED, second.state());
  }

  @Test
  void whoLeavesAServerMakesRoom() {
    Line line = line(1);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    enter(line, "b", Priority.NORMAL, "m");

    assertFalse(first.leave(now));
    end(first);

    assertEquals(List.of("a", "b"), started);
  }

  @Test
  void higherClassesGoFirst() {
    Line line = line(1);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    enter(line, "batch", Priority.BATCH, "m");
    enter(line, "normal", Priority.NORMAL, "m");
    Ticket person = enter(line, "person", Priority.INTERACTIVE, "m");

    end(first);
    end(person);

    assertEquals(List.of("a", "person", "normal"), started);
  }

  @Test
  void aLongLineOfOneKeyDoesNotKeepAnotherWaiting() {
    Line line = line(1);
    List<Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tickets.add(enter(line, "many", Priority.NORMAL, "m"));
    }
    for (int i = 0; i < 5; i++) {
      end(tickets.get(i));
    }
    Ticket one = enter(line, "one", Priority.NORMAL, "m");

    int ended = 5;
    while (one.state() == Ticket.State.WAITING) {
      end(tickets.get(ended++));
    }
    // A share of five seconds, at two seconds each, and one more.
    assertTrue(ended <= 5 + 3 + 1, () -> "started after " + started);
  }

  @Test
  void requestsForTheLoadedModelGoFirst() {
    Line line = line(1);
    List<Ticket> tickets = new ArrayList<>();
    for (String model : List.of("a", "b", "c", "a", "b", "c")) {
      tickets.add(enter(line, model, Priority.NORMAL, model));
    }
    for (int i = 0; i < 6; i++) {
      tickets.stream().filter(t -> t.state() == Ticket.State.STARTED).forEach(this::end);
    }
    assertEquals(List.of("a", "a", "b", "b", "c", "c"), started);
  }

  @Test
  void nobodyIsOvertakenForLongerThanTheAgeBound() {
    Line line = new Line(specs(1), new Soonest(), new LineSettings(512, 3_600_000, 5_000, 1e9));
    Ticket running = enter(line, "k", "a", Priority.NORMAL, "a");
    Ticket other = enter(line, "k", "b", Priority.NORMAL, "b");
    int overtaken = 0;
    while (other.state() == Ticket.State.WAITING) {
      Ticket next = enter(line, "k", "a", Priority.NORMAL, "a");
      end(running);
      running = next;
      overtaken++;
    }
    assertTrue(overtaken > 1 && overtaken < 20, "overtaken by " + overtaken);
  }

  @Test
  void aKeyIsNotStarvedByAnotherThatKeepsAModelInUse() {
    Line line =
        new Line(
            List.of(new ServerSpec("s0", 2, 1, 1)),
            new Soonest(),
            new LineSettings(512, 3_600_000, 5_000, 5_000));
    Ticket running = enter(line, "many", Priority.NORMAL, "a");
    Ticket one = enter(line, "one", Priority.NORMAL, "b");
    int overtaken = 0;
    while (one.state() == Ticket.State.WAITING) {
      // There is always room for it, so it never waits, and the model is never idle.
      Ticket next = enter(line, "many", Priority.NORMAL, "a");
      end(running);
      running = next;
      overtaken++;
      assertTrue(overtaken < 20, "overtaken by " + overtaken);
    }
    assertTrue(overtaken > 1, "overtaken by " + overtaken);
  }

  @Test
  void whoComesWhileTooManyWaitIsRefused() {
    Line line = new Line(specs(1), new Soonest(), new LineSettings(1, 3_600_000, 5_000, 5_000));
    enter(line, "a", Priority.NORMAL, "m");
    enter(line, "b", Priority.NORMAL, "m");
    Ticket third = enter(line, "c", Priority.NORMAL, "m");

    assertEquals(Ticket.State.REFUSED, third.state());
    assertTrue(line.retryAfterSeconds(now) >= 1);
    assertEquals(1, line.places(now).size());
    assertEquals(1, line.places(now).getFirst().number());
  }

  @Test
  void aServerThatComesBackTakesWhoWaits() {
    Line line = line(2);
    line.up("s1", false, now);
    enter(line, "a", Priority.NORMAL, "m");
    Ticket second = enter(line, "b", Priority.NORMAL, "m");
    assertEquals(Ticket.State.WAITING, second.state());
    line.up("s1", true, now);

    assertEquals("s1", second.server());
  }

  @Test
  void whatFailedIsNotAskedAgain() {
    Line line = line(2);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    String failed = first.server();
    first.leave(now);

    Ticket again = line.again(first, Set.of(failed), t -> {}, now);

    assertEquals(Ticket.State.STARTED, again.state());
    assertFalse(again.server().equals(failed));
  }

  @Test
  void aServerThatLacksTheModelIsNotAsked() {
    Line line = line(2);
    line.holds("s0", Set.of("other"), now);
    line.holds("s1", Set.of("m"), now);

    assertEquals("s1", enter(line, "a", Priority.NORMAL, "m").server());
  }

  @Test
  void whoWaitsIsTriedAnywhereOnceAllServersAreDown() {
    Line line = line(2);
    enter(line, "a", Priority.NORMAL, "m");
    enter(line, "b", Priority.NORMAL, "m");
    Ticket third = enter(line, "c", Priority.NORMAL, "m");

    line.up("s0", false, now);
    assertEquals(Ticket.State.WAITING, third.state());
    line.up("s1", false, now);

    assertEquals(Ticket.State.STARTED, third.state());
  }

  @Test
  void whatAllServersThatHaveTheModelFailedGoesNowhere() {
    Line line = line(2);
    line.holds("s0", Set.of("other"), now);
    line.holds("s1", Set.of("m"), now);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    first.leave(now);

    Ticket again = line.again(first, Set.of("s1"), t -> {}, now);

    assertEquals(Ticket.State.NOWHERE, again.state());
    assertEquals(0, line.waiting());
  }

  @Test
  void whereOnlyAServerThatIsDownHasTheModelThatOneIsTried() {
    Line line = line(2);
    line.holds("s0", Set.of("other"), now);
    line.holds("s1", Set.of("m"), now);
    line.up("s1", false, now);

    assertEquals("s1", enter(line, "a", Priority.NORMAL, "m").server());
  }

  @Test
  void aServerIsNeverAskedForAModelThatItIsNotUsedForEvenIfNobodyHasIt() {
    ServerSpec picky = new ServerSpec("s0", 1, 1, 1, model -> !model.equals("m"));
    Line line =
        new Line(List.of(picky, ServerSpec.of("s1")), new LeastRequests(), LineSettings.DEFAULT);
    line.holds("s0", Set.of("m"), now);
    line.holds("s1", Set.of("other"), now);

    Ticket ticket = enter(line, "a", Priority.NORMAL, "m");
    assertEquals("s1", ticket.server());
    ticket.leave(now);
    Ticket again = line.again(ticket, Set.of("s1"), t -> {}, now);

    assertEquals(Ticket.State.NOWHERE, again.state());
  }

  @Test
  void aServerThatIsAddedTakesWhoWaits() {
    Line line = line(1);
    enter(line, "a", Priority.NORMAL, "m");
    Ticket second = enter(line, "b", Priority.NORMAL, "m");

    line.reconfigure(specs(2), new Soonest(), LineSettings.DEFAULT, now);

    assertEquals("s1", second.server());
  }

  @Test
  void whatIsKnownOfAServerStaysWhenTheOthersChange() {
    Line line = line(2);
    line.holds("s0", Set.of("other"), now);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    assertEquals("s1", first.server());

    line.reconfigure(
        List.of(specs(2).get(1), ServerSpec.of("new")), new Soonest(), LineSettings.DEFAULT, now);

    // It still has one in flight there, so there is no room.
    assertEquals("new", enter(line, "b", Priority.NORMAL, "m").server());
    Ticket third = enter(line, "c", Priority.NORMAL, "m");
    assertEquals(Ticket.State.WAITING, third.state());
    end(first);
    assertEquals("s1", third.server());
  }

  @Test
  void whoIsWithAServerThatIsTakenOutEndsAsBefore() {
    Line line = line(2);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    Ticket second = enter(line, "b", Priority.NORMAL, "m");
    Ticket third = enter(line, "c", Priority.NORMAL, "m");

    line.reconfigure(specs(1), new Soonest(), LineSettings.DEFAULT, now);
    assertEquals(Ticket.State.WAITING, third.state());
    Ticket gone = first.server().equals("s0") ? second : first;
    Ticket left = first.server().equals("s0") ? first : second;
    end(gone);
    assertEquals(Ticket.State.WAITING, third.state());
    end(left);

    assertEquals("s0", third.server());
  }

  @Test
  void theListOfWhatIsLoadedEndsALoad() {
    Line line = new Line(List.of(ServerSpec.of("s0")), new Soonest(), LineSettings.DEFAULT);
    line.loaded("s0", Set.of(), now, now);
    enter(line, "a", Priority.NORMAL, "a");
    Ticket other = enter(line, "b", Priority.NORMAL, "b");
    assertEquals(Ticket.State.WAITING, other.state());

    line.loaded("s0", Set.of("a"), now + 1, now + 2);

    assertEquals(Ticket.State.STARTED, other.state());
  }

  @Test
  void aServerThatNeverTellsWhatIsLoadedIsNotWaitedFor() {
    Line line = new Line(List.of(ServerSpec.of("s0")), new Soonest(), LineSettings.DEFAULT);
    enter(line, "a", Priority.NORMAL, "a");

    assertEquals(Ticket.State.STARTED, enter(line, "b", Priority.NORMAL, "b").state());
  }

  @Test
  void aServerWhoseAnswersTellNothingGetsAllThatCome() {
    Line line = new Line(List.of(ServerSpec.of("s0")), new Soonest(), LineSettings.DEFAULT);
    Ticket first = enter(line, "a", Priority.NORMAL, "m");
    now += SECOND;
    first.ended(FinalNumbers.NONE, Chain.NONE, now);

    for (int i = 0; i < 20; i++) {
      assertEquals(Ticket.State.STARTED, enter(line, "b", Priority.NORMAL, "m").state());
    }
  }

  @Test
  void aServerWhoseAnswersTellMoreIsTriedWithTwiceAsMany() {
    Line line = new Line(List.of(ServerSpec.of("s0")), new Soonest(), LineSettings.DEFAULT);
    List<Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tickets.add(enter(line, "a", Priority.NORMAL, "m"));
    }
    assertEquals(1, started.size());
    tickets.get(0).began(now);
    assertEquals(2, started.size());
    tickets.get(1).began(now);
    assertEquals(4, started.size());
    tickets.get(2).began(now);
    tickets.get(3).began(now);
    assertEquals(8, started.size());
  }

  @Test
  void namesThatNobodyHasArePastAsSoonAsThereAreMany() {
    ServerState state = new ServerState(ServerSpec.of("s0"));
    for (int i = 0; i < 100_000; i++) {
      state.model("nosuch" + i);
    }
    assertTrue(state.known() <= 1_024, () -> "models: " + state.known());
  }

  @Test
  void whatWasLearnedCanBeLookedAt() {
    Line line = line(1);
    Ticket ticket = enter(line, "a", Priority.NORMAL, "m");
    enter(line, "b", Priority.NORMAL, "m");
    end(ticket);

    Learned learned = line.learned("s0").getFirst();

    assertEquals("m", learned.model());
    assertTrue(learned.loaded());
    assertEquals(1, learned.slots());
    assertEquals(1, learned.inFlight());
    assertEquals(2_000, learned.speed().serviceMillis(), 1);
    assertEquals(31.6, learned.speed().decodeRate(), 0.1);
    assertEquals(List.of(), line.learned("nosuch"));
  }

  @Test
  void everybodyStartsOnceHoweverManyThreadsCome() throws Exception {
    Line line =
        new Line(
            List.of(new ServerSpec("s0", 4, 0, 1), new ServerSpec("s1", 4, 0, 1)),
            new Soonest(),
            LineSettings.DEFAULT);
    Callable<Boolean> client =
        () -> {
          for (int i = 0; i < 200; i++) {
            CountDownLatch may = new CountDownLatch(1);
            Ticket ticket =
                line.enter(work("k", Priority.NORMAL, "m"), Set.of(), t -> may.countDown(), i);
            may.await();
            ticket.began(i);
            ticket.ended(FinalNumbers.NONE, Chain.NONE, i);
          }
          return true;
        };
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(20, client))) {
        assertTrue(done.get());
      }
    }
    assertEquals(0, line.waiting());
  }

  private static Line line(int servers) {
    return new Line(specs(servers), new Soonest(), LineSettings.DEFAULT);
  }

  private static List<ServerSpec> specs(int servers) {
    List<ServerSpec> specs = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      specs.add(new ServerSpec("s" + i, 1, 1, 1));
    }
    return specs;
  }

  private Ticket enter(Line line, String key, Priority priority, String model) {
    return enter(line, key, key, priority, model);
  }

  private Ticket enter(Line line, String key, String name, Priority priority, String model) {
    now++;
    return line.enter(work(key, priority, model), Set.of(), t -> started.add(name), now);
  }

  private static Work work(String key, Priority priority, String model) {
    return new Work(model, 0, new Prompt(100, 0, Chain.NONE), key, priority, true);
  }

  /** Two seconds of work, and a load that took three. */
  private void end(Ticket ticket) {
    now += 2 * SECOND;
    ticket.began(now);
    ticket.ended(
        new FinalNumbers(2 * SECOND, 0, SECOND / 10, 19 * SECOND / 10, 100, 60), Chain.NONE, now);
  }
}
