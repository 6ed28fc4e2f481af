package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Prompt;
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

/** A store in which something is as no gateway leaves it. */
final class StoreFaultsTest {

  private static final int WINDOW_SECONDS = 60;
  private static final String KEY = "k".repeat(64);
  private static final Demand RUNNING =
      new Demand(Demand.Rate.NONE, new Demand.Key(KEY, 1, TokenQuota.NONE, 0, PeriodTotals.NONE));

  private TestStore store;
  @AutoClose private Gateways gateways;

  @BeforeEach
  void start() throws IOException {
    gateways = Gateways.start();
    store = gateways.store;
  }

  private static Demand rate(String who, int max) {
    return new Demand(new Demand.Rate(who, max, WINDOW_SECONDS, true), Demand.Key.NONE);
  }

  @Test
  void aNameOfAnotherTypeIsTroubleForWhoeverNeedsItAlone() throws Exception {
    Member one = gateways.join("one");
    assertEquals("+OK", store.command("SET", "test:rate:60:bad", "text"));

    assertEquals(Verdict.Kind.UNREACHABLE, one.ask(rate("bad", 5)).kind());
    assertEquals(Verdict.Kind.UNREACHABLE, one.ask(rate("bad", 5)).kind());
    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("good", 5)).kind());

    assertEquals(3, one.told.size(), one.told::toString);
    assertTrue(one.told.getLast().startsWith("failed: WRONGTYPE"), one.told::toString);
  }

  @Test
  void whoNeedsSlotsOfANameOfAnotherTypeHasAShareOfThemUntilItIsRight() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    await("two", () -> one.state.condition().replicas() == 2);
    assertEquals("+OK", store.command("SET", "test:slots:gpu:m", "text"));
    Ticket first = enter(one);
    await("it runs", () -> started(List.of(first)) == 1);
    boolean _ = first.leave(System.nanoTime());
    awaitExchanges(one);

    List<Ticket> tickets = List.of(enter(one), enter(one), enter(one));

    await("its share runs", () -> started(tickets) == 2);
    assertTrue(one.isUp);
    assertEquals(":1", store.command("DEL", "test:slots:gpu:m"));
    await("all run", () -> started(tickets) == 3);
    Ticket next = enter(other);
    awaitExchanges(other);
    assertEquals(0, started(List.of(next)));
    boolean _ = tickets.getFirst().leave(System.nanoTime());
    await("then the other", () -> started(List.of(next)) == 1);
  }

  /** So many that what nobody needs was given back. */
  private static void awaitExchanges(Member member) throws InterruptedException {
    long later = member.answers.get() + 8;
    await("exchanges", () -> member.answers.get() >= later);
  }

  private static Ticket enter(Member member) {
    Work work = new Work("m", 0, Prompt.UNKNOWN, "", Priority.NORMAL, true);
    return member.line.enter(work, Set.of(), _ -> {}, System.nanoTime());
  }

  private static long started(List<Ticket> tickets) {
    return tickets.stream().filter(ticket -> ticket.state() == Ticket.State.STARTED).count();
  }

  @Test
  void whatWasLetInMeanwhileIsToldOnceThoughOneNameIsOfAnotherType() throws Exception {
    Member one = gateways.join("one");
    String badKey = "b".repeat(64);
    assertEquals("+OK", store.command("SET", "test:rate:60:bad", "text"));
    assertEquals("+OK", store.command("SET", "test:minute:" + badKey, "text"));
    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "1"));
    await("down", () -> !one.isUp);
    for (Demand demand : List.of(rate("bad", 5), rate("good", 5), costing(badKey), costing(KEY))) {
      Permit permit = one.permit(demand);
      permit.admitHere();
      permit.settle(new PeriodTotals(1, 60, 1, 60), 60);
    }

    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "0"));
    await("up again", () -> one.isUp);
    awaitExchanges(one);

    assertEquals(":1", store.command("LLEN", "test:rate:60:good"));
    assertEquals(30, one.ask(costing(KEY)).quota().remaining());
  }

  /** A request of a key with 100 tokens a minute, of which it may need 10. */
  private static Demand costing(String key) {
    TokenQuota quota = new TokenQuota(100, 0, 0);
    return new Demand(Demand.Rate.NONE, new Demand.Key(key, 0, quota, 10, PeriodTotals.NONE));
  }

  @Test
  void scriptsThatTheStoreHasForgottenAreLoadedAgain() throws Exception {
    Member one = gateways.join("one");
    assertEquals("+OK", store.command("SCRIPT", "FLUSH"));

    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("good", 5)).kind());
    assertEquals(List.of("up"), one.told);
  }

  @Test
  void newsOfAnotherShapeIsNoReasonNotToHearTheRest() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    String add = "redis.call('XADD', 'test:news', '*', 'r', 'x')";
    assertEquals("$-1", store.command("EVAL", add + add, "0"));
    for (String odd : List.of("out\tg\tsoon", "place\tgpu\tm\t0\t1\t1:-5", "at\t*\ngpu")) {
      String told = store.command("XADD", "test:news", "*", "r", "x", "n", odd);
      assertTrue(told.startsWith("$"), told);
    }

    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("g", 1)).kind());
    assertEquals(Verdict.Kind.TOO_OFTEN, one.ask(rate("g", 1)).kind());

    await("the other has heard", () -> other.state.shutOutSeconds("g") > 50);
    assertEquals(List.of("up"), one.told);
    assertEquals(List.of("up"), other.told);
  }

  @Test
  void oldNewsIsDropped() throws Exception {
    String old = "for i = 1, 1000 do redis.call('XADD', 'test:news', i .. '-1', 'r', 'x') end";
    assertEquals("$-1", store.command("EVAL", old, "0"));
    Member one = gateways.join("one");

    await("the next beat", () -> newsCount() < 500);
    assertEquals(List.of("up"), one.told);
  }

  private int newsCount() {
    try {
      return Integer.parseInt(store.command("XLEN", "test:news").substring(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsLaterThanNowDoesNotCountAfterTheTimeOfTheStoreWentBack() throws Exception {
    String later = "9000000000000000";
    assertEquals(":2", store.command("RPUSH", "test:rate:60:c", later, later));
    assertEquals(":1", store.command("ZADD", "test:replicas", "9000000000000", "dead"));
    Member one = gateways.join("one");

    assertEquals(Verdict.Kind.ADMITTED, one.ask(rate("c", 2)).kind());
    await("it is alone", () -> one.state.condition().replicas() == 1);
  }

  @Test
  void tokensThatAreLaterThanNowDoNotCountEither() throws Exception {
    Member one = gateways.join("one");
    assertEquals(":1", store.command("RPUSH", "test:minute:" + KEY, "9000000000:500"));
    TokenQuota quota = new TokenQuota(100, 0, 0);
    Demand.Key key = new Demand.Key(KEY, 0, quota, 10, PeriodTotals.NONE);
    Demand demand = new Demand(Demand.Rate.NONE, key);

    Permit first = one.permit(demand);
    assertEquals(90, first.verdict().quota().remaining());
    first.settle(new PeriodTotals(1, 60, 1, 60), 60);
    assertEquals(30, one.ask(demand).quota().remaining());
  }

  @Test
  void whatTheStoreAdmitsAfterARequestIsOverIsGivenBack() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    assertEquals("+OK", store.command("CLIENT", "PAUSE", "300"));

    one.state.ask(RUNNING, () -> {}).settle(PeriodTotals.NONE, 0);

    awaitAdmitted(other);
  }

  @Test
  void whatRunsIsHeldOnceWhenTheStoreAndTheGatewayHaveAdmittedIt() throws Exception {
    Member one = gateways.join("one");
    Member other = gateways.join("other");
    assertEquals("+OK", store.command("CLIENT", "PAUSE", "300"));
    Permit before = one.state.ask(rate("c", 5), () -> {});
    await("it is on its way", () -> one.state.condition().backlog() == 0);
    Permit permit = one.state.ask(RUNNING, () -> {});
    permit.admitHere();
    await("it is admitted", () -> permit.verdict().kind() == Verdict.Kind.ADMITTED);
    assertEquals(Verdict.Kind.ADMITTED, before.verdict().kind());

    permit.settle(PeriodTotals.NONE, 0);

    awaitAdmitted(other);
  }

  private static void awaitAdmitted(Member member) throws InterruptedException {
    await(
        "what ran is over",
        () -> {
          try {
            return member.ask(RUNNING).kind() == Verdict.Kind.ADMITTED;
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void whoWasOverALimitIsAskedForAnewWhenThereIsAnother() throws Exception {
    Member one = gateways.join("one");
    assertEquals(Verdict.Kind.ADMITTED, one.ask(untold("c", 1)).kind());
    assertEquals(Verdict.Kind.TOO_OFTEN, one.ask(untold("c", 1)).kind());

    assertEquals(Verdict.Kind.ADMITTED, one.ask(untold("c", 5)).kind());
  }

  private static Demand untold(String who, int max) {
    return new Demand(new Demand.Rate(who, max, WINDOW_SECONDS, false), Demand.Key.NONE);
  }

  @Test
  void aGatewayThatEndsDoesNotSayThatItShares() throws Exception {
    Member one = gateways.join("one");
    one.state.announce(Table.DRAINS, "gpu", "1");

    one.state.close();

    assertEquals(List.of("up"), one.told);
  }

  @Test
  void aStoreWithoutRoomIsAsIfItWereGone() throws Exception {
    Member one = gateways.join("one");
    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "1"));

    await("down", () -> !one.isUp);
    assertTrue(one.told.getLast().startsWith("down: OOM"), one.told::toString);
    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "0"));
    await("up again", () -> one.isUp);
  }
}
