package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.FinalNumbers;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Prompt;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.PeriodTotals;
import ollama.gateway.usage.TokenQuota;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Several gateways' states beside a real store. */
final class ValkeyStateTest {

  private static final long SECONDS_MAX = 30;
  private static final String KEY = "k".repeat(64);
  private static final Work WORK = new Work("m", 0, Prompt.UNKNOWN, "", Priority.NORMAL, true);

  private TestStore store;
  @AutoClose private Gateways gateways;

  @BeforeEach
  void start() throws IOException {
    gateways = Gateways.start();
    store = gateways.store;
  }

  private static Demand rate(String who, int max, int seconds, boolean told) {
    return new Demand(new Demand.Rate(who, max, seconds, told), Demand.Key.NONE);
  }

  private static Demand running(int max) {
    return new Demand(
        Demand.Rate.NONE, new Demand.Key(KEY, max, TokenQuota.NONE, 0, PeriodTotals.NONE));
  }

  @Test
  void asManyRequestsPassAsMayAndTheLimitIsTold() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");

    assertEquals(1, one.ask(rate("c", 2, 60, false)).rate().remaining());
    Verdict last = other.ask(rate("c", 2, 60, false));
    assertEquals(Verdict.Kind.ADMITTED, last.kind());
    assertEquals(0, last.rate().remaining());
    Verdict refused = one.ask(rate("c", 2, 60, false));
    assertEquals(Verdict.Kind.TOO_OFTEN, refused.kind());
    assertTrue(refused.rate().retryAfterSeconds() > 50, "" + refused);
    // That was known without asking again.
    assertEquals(refused.rate(), one.ask(rate("c", 2, 60, false)).rate());
    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("d", 2, 60, false)).kind());
  }

  @Test
  void aWindowSlides() throws Exception {
    Member one = gateways.join("one");

    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("c", 1, 1, false)).kind());
    assertEquals(Verdict.Kind.TOO_OFTEN, one.ask(rate("c", 1, 1, false)).kind());
    await(
        "a request again",
        () -> {
          try {
            return one.ask(rate("c", 1, 1, false)).kind() == Verdict.Kind.ADMITTED;
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void whatRunsIsCountedUntilItIsSettledOnce() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");

    Permit first = one.permit(running(1));
    assertEquals(Verdict.Kind.ADMITTED, first.verdict().kind());
    assertEquals(Verdict.Kind.TOO_MANY_RUNNING, other.ask(running(1)).kind());
    first.settle(PeriodTotals.NONE, 0);
    first.settle(PeriodTotals.NONE, 0);
    // Behind the settling, by the same gateway.
    Permit second = one.permit(running(1));
    assertEquals(Verdict.Kind.ADMITTED, second.verdict().kind());
    assertEquals(Verdict.Kind.TOO_MANY_RUNNING, other.ask(running(1)).kind());
  }

  @Test
  void whatNobodyWaitsForIsGivenBack() throws Exception {
    Member one = gateways.join("one");
    Permit abandoned = one.state.ask(running(1), () -> {});
    abandoned.abandon();

    await(
        "it is given back",
        () -> {
          try {
            return one.ask(running(1)).kind() == Verdict.Kind.ADMITTED;
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Asks until the store has answered, and gives back what was admitted. */
  private static void askUntilAdmitted(Member member) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    Permit permit = member.permit(running(1));
    while (permit.verdict().kind() != Verdict.Kind.ADMITTED) {
      assertTrue(System.nanoTime() < deadline, "" + permit.verdict());
      TimeUnit.MILLISECONDS.sleep(5);
      permit = member.permit(running(1));
    }
    permit.settle(PeriodTotals.NONE, 0);
  }

  @Test
  void whatTheStoreHasCountedAndNobodyHasHeardOfIsPutRight() throws Exception {
    try (LossyWay way = new LossyWay(store.port())) {
      Member loses = gateways.join("loses", way.port());
      Member other = gateways.join("other");
      askUntilAdmitted(loses);
      way.loseNext();
      // Of one of them the answer is lost.
      while (!way.hasLost()) {
        Permit permit = loses.permit(running(1));
        permit.settle(PeriodTotals.NONE, 0);
      }

      askUntilAdmitted(other);
      askUntilAdmitted(loses);
    }
  }

  @Test
  void aSlotWhoseGrantWasLostIsNotLost() throws Exception {
    try (LossyWay way = new LossyWay(store.port())) {
      Member loses = gateways.join("loses", way.port());
      Member other = gateways.join("other");
      way.loseNext();
      List<Ticket> tickets = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        tickets.add(enter(loses));
      }
      await("it is up again", () -> way.hasLost() && loses.isUp);
      await("all run", () -> started(tickets) == 3);
      tickets.forEach(
          ticket -> {
            boolean _ = ticket.leave(System.nanoTime());
          });
      List<Ticket> others = List.of(enter(other), enter(other), enter(other));
      await("all of the other run", () -> started(others) == 3);
    }
  }

  @Test
  void oneNameThatHoldsSomethingElseIsNoTroubleForOthers() throws Exception {
    Member one = gateways.join("one");
    try (Jedis jedis = new Jedis("127.0.0.1", store.port())) {
      String _ = jedis.set("test:rate:60:bad", "a text");
    }

    assertEquals(Verdict.Kind.UNREACHABLE, one.ask(rate("bad", 2, 60, false)).kind());
    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("good", 2, 60, false)).kind());
    assertTrue(one.told.getLast().contains("WRONGTYPE"), one.told::toString);
    assertTrue(one.isUp);
  }

  @Test
  void afterScriptsAreForgottenRequestsAreAnswered() throws Exception {
    Member one = gateways.join("one");
    try (Jedis jedis = new Jedis("127.0.0.1", store.port())) {
      String _ = jedis.scriptFlush();
    }

    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("c", 2, 60, false)).kind());
  }

  @Test
  void whatIsAskedAfterTheEndIsAnsweredAtOnce() throws Exception {
    Member one = gateways.join("one");
    one.state.close();

    assertEquals(Verdict.Kind.UNREACHABLE, one.ask(running(1)).kind());
    assertTrue(!one.state.condition().up());
  }

  @Test
  void aGatewayThatEndsHoldsNothingAnyMore() throws Exception {
    Member ends = gateways.join("ends");
    Member other = gateways.join("other");
    assertEquals(Verdict.Kind.ADMITTED, ends.ask(running(1)).kind());
    assertEquals(Verdict.Kind.TOO_MANY_RUNNING, other.ask(running(1)).kind());

    ends.state.close();

    assertEquals(Verdict.Kind.ADMITTED, other.ask(running(1)).kind());
  }

  @Test
  void tokensAreTheSumOfWhatLedgersHaveCounted() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    TokenQuota quota = new TokenQuota(0, 100, 0);

    Permit first = one.permit(tokens(quota, 10, 0));
    assertEquals(90, first.verdict().quota().remaining());
    first.settle(new PeriodTotals(1, 60, 1, 60), 60);
    Permit last = one.permit(tokens(quota, 10, 60));
    assertEquals(30, last.verdict().quota().remaining());
    Permit second = other.permit(tokens(quota, 10, 25));
    // 60 and 25 used, 10 reserved by the one that runs.
    assertEquals(Verdict.Kind.ADMITTED, second.verdict().kind());
    assertEquals(0, second.verdict().quota().remaining());
    assertEquals(Verdict.Kind.QUOTA_USED_UP, other.ask(tokens(quota, 10, 25)).kind());
  }

  private static Demand tokens(TokenQuota quota, long estimate, long used) {
    PeriodTotals here = new PeriodTotals(1, used, 1, used);
    return new Demand(Demand.Rate.NONE, new Demand.Key(KEY, 0, quota, estimate, here));
  }

  @Test
  void whoIsShutOutByOneGatewayIsSoByAll() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    assertEquals(0, other.state.shutOutSeconds("g"));

    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("g", 1, 60, true)).kind());
    assertEquals(Verdict.Kind.TOO_OFTEN, one.ask(rate("g", 1, 60, true)).kind());

    await("the other has heard", () -> other.state.shutOutSeconds("g") > 50);
    assertTrue(one.state.shutOutSeconds("g") > 50);
  }

  @Test
  void gatewaysWithWindowsOfOtherLengthsDoNotDisturbEachOther() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("c", 2, 600, false)).kind());
    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("c", 2, 600, false)).kind());
    assertEquals(Verdict.Kind.ADMITTED, other.ask(rate("c", 1, 1, false)).kind());
    // All that was counted in the short window has left it.
    await("the short window is over", () -> isAdmitted(other, rate("c", 1, 1, false)));

    Verdict verdict = one.ask(rate("c", 3, 600, false));
    assertEquals(Verdict.Kind.ADMITTED, verdict.kind());
    assertEquals(0, verdict.rate().remaining());
  }

  private static boolean isAdmitted(Member member, Demand demand) {
    try {
      return member.ask(demand).kind() == Verdict.Kind.ADMITTED;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatNobodyNeedsIsForgottenByAllAndStaysSo() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    one.state.announce(Table.KEYS, "a", "old");
    one.state.announce(Table.KEYS, "b", "new");
    Map<String, String> both = Map.of("a", "old", "b", "new");
    for (Member member : gateways.members) {
      await("keys", () -> both.equals(member.tables.get(Table.KEYS)));
      boolean _ = member.outdated.add("old");
    }

    one.state.announce(Table.KEYS, "c", "new");
    Map<String, String> left = Map.of("b", "new", "c", "new");
    for (Member member : gateways.members) {
      await("keys", () -> left.equals(member.tables.get(Table.KEYS)));
    }
    await("it is gone", () -> keysInStore() == 2);
    Member late = gateways.join("late");
    await("keys", () -> left.equals(late.tables.get(Table.KEYS)));
    // Said anew, it is something else.
    other.state.announce(Table.KEYS, "a", "new");
    Map<String, String> anew = Map.of("a", "new", "b", "new", "c", "new");
    await("keys", () -> anew.equals(late.tables.get(Table.KEYS)));
    assertEquals(3, keysInStore());
  }

  private long keysInStore() {
    try (Jedis jedis = new Jedis("127.0.0.1", gateways.store.port())) {
      return jedis.hlen("test:keys");
    }
  }

  @Test
  void announcementsHoldOnAllGatewaysAlsoOnLaterOnes() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    one.state.announce(Table.KEYS, "a", "1");
    other.state.announce(Table.KEYS, "b", "2");
    one.state.announce(Table.DRAINS, "gpu", "3");
    Map<String, String> all = Map.of("a", "1", "b", "2");

    for (Member member : gateways.members) {
      await("keys", () -> all.equals(member.tables.get(Table.KEYS)));
      await("drains", () -> Map.of("gpu", "3").equals(member.tables.get(Table.DRAINS)));
    }
    Member late = gateways.join("late");
    await("keys", () -> all.equals(late.tables.get(Table.KEYS)));
    await("three", () -> one.state.condition().replicas() == 3);
  }

  @Test
  void noServerGetsMoreThanItsSlotsFromAllGatewaysTogether() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    List<Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tickets.add(enter(one));
      tickets.add(enter(other));
    }

    await("three run", () -> started(tickets) == 3);
    long answers = one.answers.get();
    long later = answers + 4;
    await("exchanges", () -> one.answers.get() >= later);
    assertEquals(3, started(tickets));
    // Whoever waits asks again with each exchange, and not all the time.
    assertTrue(one.commands.get() < 500, "" + one.commands);
    Set<Ticket> ended = ConcurrentHashMap.newKeySet();
    while (ended.size() < tickets.size()) {
      await("somebody's turn", () -> tickets.stream().anyMatch(t -> isStarted(t)));
      assertTrue(started(tickets) <= 3, "" + started(tickets));
      Ticket next = tickets.stream().filter(t -> isStarted(t)).findFirst().orElseThrow();
      ended.add(next);
      boolean _ = next.leave(System.nanoTime());
    }
  }

  @Test
  void aServerLoadsOneModelAtATimeForAllGatewaysTogether() throws Exception {
    Member one = gateways.join("one", new ServerSpec("gpu", 1, 1, 1));
    Member other = gateways.join("other", new ServerSpec("gpu", 1, 1, 1));

    List<Ticket> tickets = List.of(enter(one, WORK), enter(other, WORK.withModel("n")));

    await("one of them loads", () -> started(tickets) == 1);
    long later = one.answers.get() + 10;
    await("exchanges", () -> one.answers.get() >= later);
    assertEquals(1, started(tickets));
    Ticket first = tickets.stream().filter(t -> isStarted(t)).findFirst().orElseThrow();
    first.began(System.nanoTime());
    first.ended(FinalNumbers.NONE, Chain.NONE, System.nanoTime());
    await("then the other", () -> tickets.stream().anyMatch(t -> t != first && isStarted(t)));
  }

  @Test
  void aLoadOfAGatewayThatIsNoMoreKeepsNobodyWaiting() throws Exception {
    Member ends = gateways.join("ends", new ServerSpec("gpu", 1, 1, 1));
    Ticket loads = enter(ends, WORK);
    await("it loads", () -> isStarted(loads));
    assertEquals(":1", store.command("EXISTS", "test:loading:gpu"));

    ends.state.close();

    assertEquals(":0", store.command("EXISTS", "test:loading:gpu"));
    String _ = store.command("HSET", "test:loading:gpu", "r", "dead", "m", "x");
    Member other = gateways.join("other", new ServerSpec("gpu", 1, 1, 1));
    Ticket next = enter(other, WORK.withModel("n"));
    await("another loads", () -> isStarted(next));
  }

  @Test
  void whoGetsASlotKnowsWhatWasToldBeforeItWasGivenBack() throws Exception {
    Member one = gateways.join("one", new ServerSpec("gpu", 1, 1, 1));
    Member other = gateways.join("other", new ServerSpec("gpu", 1, 1, 1));
    await("two", () -> one.state.condition().replicas() == 2);
    long later = one.answers.get() + 2;
    await("the other is told of things", () -> one.answers.get() >= later);
    for (int i = 1; i <= 20; i++) {
      Chain chain = new Chain(new long[] {i}, new int[] {5_000});
      Work work = new Work("m", 0, new Prompt(5_000, 0, chain), "", Priority.NORMAL, true);
      Ticket first = enter(one, work);
      await("it runs", () -> isStarted(first));
      List<Double> unread = new CopyOnWriteArrayList<>();
      Ticket next =
          other.line.enter(
              work, Set.of(), _ -> unread.add(prefillMillis(other.line, work)), System.nanoTime());

      first.began(System.nanoTime());
      first.ended(FinalNumbers.NONE, chain, System.nanoTime());

      await("the other runs", () -> !unread.isEmpty());
      assertEquals(List.of(0.0), unread);
      boolean _ = next.leave(System.nanoTime());
    }
  }

  private static double prefillMillis(Line line, Work work) {
    return line.explain(work, System.nanoTime()).estimates().getFirst().prefillMillis();
  }

  private static long started(List<Ticket> tickets) {
    return tickets.stream().filter(ValkeyStateTest::isStarted).count();
  }

  private static boolean isStarted(Ticket ticket) {
    return ticket.state() == Ticket.State.STARTED;
  }

  private static Ticket enter(Member member) {
    return enter(member, WORK);
  }

  private static Ticket enter(Member member, Work work) {
    return member.line.enter(work, Set.of(), _ -> {}, System.nanoTime());
  }
}
