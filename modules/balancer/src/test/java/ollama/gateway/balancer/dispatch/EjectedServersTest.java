package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The line in front of servers of which some are out, under each policy. */
final class EjectedServersTest {
  private static final long SECOND = 1_000_000_000;

  private final List<ServerSpec> specs = new ArrayList<>();
  private long now = SECOND;

  static Stream<Strategy> strategies() {
    return Stream.of(new Soonest(), new LeastRequests(), new InTurn());
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void requestsGoElsewhereForASecondAfterAFailure(Strategy strategy) {
    Line line = line(strategy, 2, 8);
    fail("s0", 1);
    for (int i = 0; i < 4; i++) {
      assertEquals("s1", enter(line).server());
    }
    now += SECOND;
    List<String> both = List.of(enter(line).server(), enter(line).server());
    assertEquals(true, both.contains("s0"));
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void oneRequestProbesAServerThatIsEjected(Strategy strategy) {
    Line line = line(strategy, 2, 8);
    fail("s0", Ejection.FAILURES_MAX);
    assertEquals("s1", enter(line).server());
    now += SECOND;
    int probes = 0;
    for (int i = 0; i < 6; i++) {
      probes += enter(line).server().equals("s0") ? 1 : 0;
    }
    assertEquals(1, probes);
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void whenAllAreOutAllAreInAndNoneGetsMoreThanItHasRoomFor(Strategy strategy) {
    Line line = line(strategy, 2, 1);
    fail("s0", Ejection.FAILURES_MAX);
    fail("s1", Ejection.FAILURES_MAX);

    Ticket first = enter(line);
    Ticket second = enter(line);
    Ticket third = enter(line);

    assertEquals(Set.of("s0", "s1"), Set.of(first.server(), second.server()));
    assertEquals(Ticket.State.WAITING, third.state());
    line.tick(now);
    assertEquals(Ticket.State.WAITING, third.state());
    end(first);
    end(second);
    assertEquals(Ticket.State.STARTED, third.state());
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void aServerThatAloneHasTheModelIsAskedThoughItIsOut(Strategy strategy) {
    Line line = line(strategy, 2, 8);
    line.holds("s0", Set.of("m"), now);
    line.holds("s1", Set.of("other"), now);
    fail("s0", Ejection.FAILURES_MAX);
    for (int i = 0; i < 3; i++) {
      assertEquals("s0", enter(line).server());
    }
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void whoWaitsGoesToAServerThatIsInAgain(Strategy strategy) {
    Line line = line(strategy, 2, 1);
    fail("s0", 1);
    assertEquals("s1", enter(line).server());
    Ticket waiting = enter(line);
    assertEquals(Ticket.State.WAITING, waiting.state());
    now += SECOND / 2;
    line.tick(now);
    assertEquals(Ticket.State.WAITING, waiting.state());
    if (strategy.waits() == Strategy.Waits.FOR_CHOSEN) {
      // It stays with its choice.
      return;
    }
    now += SECOND;
    line.tick(now);
    assertEquals("s0", waiting.server());
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void whoWaitsForAServerThatGoesOutGoesElsewhere(Strategy strategy) {
    Line line = line(strategy, 2, 1);
    Ticket first = enter(line);
    Ticket second = enter(line);
    Ticket third = enter(line);
    fail(first.server(), 1);
    now += SECOND / 2;
    boolean _ = first.leave(now);
    assertEquals(Ticket.State.WAITING, third.state());
    end(second, SECOND / 4);
    assertEquals(second.server(), third.server());
  }

  private void fail(String server, int times) {
    for (ServerSpec spec : specs) {
      for (int i = 0; i < times && spec.name().equals(server); i++) {
        boolean _ = spec.ejection().failed(now, 0);
      }
    }
  }

  private Line line(Strategy strategy, int servers, int parallel) {
    for (int i = 0; i < servers; i++) {
      specs.add(new ServerSpec("s" + i, parallel, 1, 1));
    }
    return new Line(specs, strategy, LineSettings.DEFAULT);
  }

  private Ticket enter(Line line) {
    now++;
    Work work = new Work("m", 0, new Prompt(100, 0, Chain.NONE), "k", Priority.NORMAL, true);
    return line.enter(work, Set.of(), t -> {}, now);
  }

  private void end(Ticket ticket) {
    end(ticket, 2 * SECOND);
  }

  private void end(Ticket ticket, long nanos) {
    now += nanos;
    ticket.began(now);
    ticket.ended(new FinalNumbers(nanos, 0, nanos / 10, nanos / 2, 100, 60), Chain.NONE, now);
  }
}
