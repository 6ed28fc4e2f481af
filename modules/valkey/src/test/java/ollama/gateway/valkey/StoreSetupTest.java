package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Prompt;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.PeriodTotals;
import ollama.gateway.usage.TokenQuota;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store as operators set it up. */
@Timeout(120)
final class StoreSetupTest {

  private static final String KEY = "k".repeat(64);
  private static final Demand.Rate RATE = new Demand.Rate("c", 2, 60, true);

  @TempDir Path folder;
  private final List<AutoCloseable> closing = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : closing.reversed()) {
      each.close();
    }
  }

  private TestStore closing(TestStore store) {
    closing.add(store);
    return store;
  }

  private Member join(String url, String password) {
    Line line =
        new Line(List.of(new ServerSpec("gpu", 1, 0, 1)), new Soonest(), LineSettings.DEFAULT);
    SharedConfig config = new SharedConfig(url, false, password, "test:", 5_000, "local");
    Member member = new Member(config, "one", line);
    closing.add(member.state);
    return member;
  }

  @Test
  void aUserOfTheStoreNeedsNoMoreThanTheNamesOfItsGateways() throws Exception {
    TestStore store = closing(TestStore.start());
    String rights = "on >secret ~test:* +@all -@admin -@dangerous";
    List<String> words = new ArrayList<>(List.of("ACL", "SETUSER", "gateway"));
    words.addAll(List.of(rights.split(" ")));
    assertEquals("+OK", store.command(words.toArray(String[]::new)));

    Member one = join("valkey://gateway@127.0.0.1:" + store.port(), "secret");
    await("up", () -> one.isUp);

    Demand.Key running = new Demand.Key(KEY, 5, TokenQuota.NONE, 0, PeriodTotals.NONE);
    Demand.Key costing = new Demand.Key(KEY, 0, new TokenQuota(9, 9, 9), 1, PeriodTotals.NONE);
    for (Demand.Rate rate : List.of(RATE, Demand.Rate.NONE)) {
      for (Demand.Key key : List.of(Demand.Key.NONE, running, costing)) {
        if (rate.isLimited() || key.isLimited()) {
          assertTrue(one.ask(new Demand(rate, key)).isDecided(), rate + " " + key + one.told);
        }
      }
    }
    Work work = new Work("m", 0, Prompt.UNKNOWN, "", Priority.NORMAL, true);
    Ticket ticket = one.line.enter(work, Set.of(), _ -> {}, System.nanoTime());
    await("it runs", () -> ticket.state() == Ticket.State.STARTED);
    one.state.announce(Table.DRAINS, "gpu", "1");
    await("it is announced", () -> Map.of("gpu", "1").equals(one.tables.get(Table.DRAINS)));
    assertEquals(List.of("up"), one.told);
  }

  @Test
  void aClusterOfShardsIsNoStore() throws Exception {
    TestStore store = closing(TestStore.startCluster(folder.resolve("nodes.conf")));

    Member one = join("valkey://127.0.0.1:" + store.port(), "");

    await("told", () -> !one.told.isEmpty());
    assertTrue(one.told.getFirst().startsWith("down: CROSSSLOT"), one.told::toString);
  }

  @Test
  void aSentinelThatWantsAPasswordIsToldThatOfTheStore() throws Exception {
    TestStore store = closing(TestStore.startWith("--requirepass", "secret"));
    TestStore sentinel = closing(sentinel(store));

    Member one = join("valkey-sentinel://127.0.0.1:" + sentinel.port() + "/store", "secret");

    await("told", () -> !one.told.isEmpty());
    assertEquals(List.of("up"), one.told);
    assertEquals(Verdict.Kind.ADMITTED, one.ask(new Demand(RATE, Demand.Key.NONE)).kind());
  }

  private TestStore sentinel(TestStore store) throws IOException {
    return TestStore.startSentinel(folder.resolve("sentinel.conf"), "secret", store.port());
  }
}
