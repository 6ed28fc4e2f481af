package ollama.gateway.balancer;

import static ollama.gateway.balancer.Fixtures.NOBODY;
import static ollama.gateway.balancer.Fixtures.NOW;
import static ollama.gateway.balancer.Fixtures.addresses;
import static ollama.gateway.balancer.Fixtures.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.QueueConfig;
import ollama.gateway.ollama.ModelPattern;
import org.junit.jupiter.api.Test;

/** Which server gets a request for a model. */
final class ModelChoiceTest {

  private final Balancer balancer =
      new Balancer(
          addresses("a", "b", "c"),
          "least-requests",
          QueueConfig.defaults(),
          NOBODY,
          InstantSource.fixed(NOW));

  @Test
  void onlyServersThatHaveTheModelAreAsked() {
    has("a", "x");
    has("b", "x", "y");
    has("c", "z");

    assertEquals("abab", picks("x", 4));
    assertEquals("bbb", picks("y", 3));
  }

  @Test
  void whatNobodyHasIsAskedOfAnyServerWhichCanSaySo() {
    has("a", "x");
    has("b", "x");
    has("c", "x");

    assertEquals("abc", picks("nosuch", 3));
  }

  @Test
  void whoDidNotTellWhatItHasMayHaveIt() {
    has("a", "x");
    has("b", "y");

    assertEquals("bcbc", picks("y", 4));
    assertEquals("ccc", picks("z", 3));
  }

  @Test
  void whatOnlyAServerThatIsDownMightHaveIsAskedOfAnother() {
    has("a", "x");
    has("b", "x");
    server(balancer, "c").reportConnectFailure("gone");

    assertEquals("abab", picks("z", 4));
  }

  @Test
  void aRequestWithoutAModelGoesAnywhere() {
    has("a", "x");
    has("b", "y");

    assertEquals("abcabc", picks("", 6));
  }

  @Test
  void whereTheOnlyServerWithTheModelIsDownItIsTriedAllTheSameAndNoOtherAfterIt() {
    has("a", "x");
    has("b", "y");
    has("c", "z");
    server(balancer, "b").reportConnectFailure("gone");

    Set<Upstream> tried = new HashSet<>();
    try (Lease lease = balancer.acquire("y", tried::contains).orElseThrow()) {
      assertEquals("b", lease.server().address().host());
      tried.add(lease.server());
    }
    assertTrue(balancer.acquire("y", tried::contains).isEmpty());
    assertFalse(balancer.hasUp("y", tried::contains));
    assertTrue(balancer.hasUp("x", tried::contains));
  }

  @Test
  void whichModelsServersHaveMakesNoDifferenceWhereEachHasItsTurnOrThereIsOne() {
    assertTrue(balancer.heedsModels());
    assertFalse(
        balancer
            .reconfigured(addresses("a"), "least-requests", QueueConfig.defaults())
            .heedsModels());
    assertFalse(
        balancer
            .reconfigured(addresses("a", "b"), "round-robin", QueueConfig.defaults())
            .heedsModels());
  }

  @Test
  void whatAServerTellsLateMakesNoDifferenceWhereEachHasItsTurn() {
    Upstream b = server(balancer, "b");
    balancer.reconfigured(entries("*", "*"), "round-robin", QueueConfig.defaults());
    b.seen(
        new Inventory(Optional.of(Set.of("x")), Optional.of(Set.of()), Map.of(), true, true),
        System.nanoTime());

    Set<String> chosen = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      Ticket ticket = balancer.line().enter(Work.of("x"), Set.of(), t -> {}, System.nanoTime());
      chosen.add(ticket.server());
    }
    assertEquals(2, chosen.size());
  }

  @Test
  void whatIsKnownOfModelsSurvivesAReload() {
    has("a", "x");
    has("b", "y");

    Balancer after =
        balancer.reconfigured(addresses("b", "a"), "least-requests", QueueConfig.defaults());

    assertTrue(server(after, "a").inventory().has("x"));
    assertTrue(server(after, "b").inventory().lacks("x"));
  }

  @Test
  void aServerIsNotUsedForWhatItsListDoesNotName() {
    Balancer listed = listing("x*", "*", "y");
    has(listed, "a", "x:latest", "y:latest");
    has(listed, "b", "x:latest");

    assertEquals("abab", picks(listed, "x:latest", 4));
    // The first has it, but isn't used for it; the third doesn't tell.
    assertEquals("ccc", picks(listed, "y:latest", 3));
    // Nobody has it: only who is used for it may say so.
    assertEquals("bbb", picks(listed, "z:latest", 3));
  }

  @Test
  void aListCountsWithEachPolicyAndWithOneServer() {
    Balancer turns =
        listing("x", "*", "y")
            .reconfigured(entries("x", "*", "y"), "round-robin", QueueConfig.defaults());
    assertTrue(turns.needsModel());
    assertFalse(turns.heedsModels());
    assertEquals("abab", picks(turns, "x:latest", 4));
    assertEquals(Set.of("a", "b", "c"), Set.of(picks(turns, "", 3).split("")));

    Balancer one =
        new Balancer(
            entries("x"),
            "least-requests",
            QueueConfig.defaults(),
            NOBODY,
            InstantSource.fixed(NOW));
    assertTrue(one.needsModel());
    assertTrue(one.allows("x:latest"));
    assertFalse(one.allows("y:latest"));
    assertEquals(Optional.empty(), one.acquire("y:latest", s -> false));
    assertFalse(one.hasUp("y:latest", s -> false));
    assertFalse(
        balancer
            .reconfigured(addresses("a"), "least-requests", QueueConfig.defaults())
            .needsModel());
  }

  @Test
  void whatTheSettingsSayOfAServerFollowsAReload() {
    Upstream a = server(balancer, "a");
    assertEquals("a:11434", a.name());
    assertTrue(a.allows("y:latest"));

    OllamaServer other =
        new OllamaServer(
            a.address(), "first", 4, 2, 0.5, Map.of(), List.of(ModelPattern.of("x").orElseThrow()));
    Balancer after =
        balancer.reconfigured(List.of(other), "least-requests", QueueConfig.defaults());

    assertSame(a, after.servers().getFirst());
    assertEquals("first", a.name());
    assertEquals(4, a.spec().parallel());
    assertEquals(2, a.spec().maxLoadedModels());
    assertEquals(0.5, a.spec().weight());
    assertFalse(a.spec().allowed().test("y:latest"));
    assertFalse(a.allows("y:latest"));
    assertTrue(a.allows("x:latest"));
    assertEquals("http://a:11434", a.toString());
  }

  @Test
  void anyNumberOfNamesCanBeAskedFor() {
    AllowList list = new AllowList(List.of(ModelPattern.of("x*").orElseThrow()));
    for (int i = 0; i < 3000; i++) {
      assertTrue(list.allows("x" + i + ":latest"));
      assertFalse(list.allows("y" + i + ":latest"));
    }
    assertFalse(list.allows("no name at all"));
  }

  /** Servers a, b and c, with one pattern each; a star alone is none. */
  private static Balancer listing(String... patterns) {
    return new Balancer(
        entries(patterns),
        "least-requests",
        QueueConfig.defaults(),
        NOBODY,
        InstantSource.fixed(NOW));
  }

  private static List<OllamaServer> entries(String... patterns) {
    List<OllamaServer> entries = new ArrayList<>();
    for (String pattern : patterns) {
      String name = String.valueOf((char) ('a' + entries.size()));
      List<ModelPattern> models =
          pattern.equals("*") ? List.of() : List.of(ModelPattern.of(pattern).orElseThrow());
      entries.add(new OllamaServer(Fixtures.address(name), name, 0, 0, 1, Map.of(), models));
    }
    return entries;
  }

  private static String picks(Balancer from, String model, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              try (Lease lease = from.acquire(model, s -> false).orElseThrow()) {
                return lease.server().address().host();
              }
            })
        .collect(Collectors.joining());
  }

  private static void has(Balancer where, String name, String... models) {
    server(where, name)
        .stock()
        .inventory(
            new Inventory(
                Optional.of(Set.of(models)), Optional.of(Set.of()), Map.of(), true, true));
  }

  /** Each request ends before the next. */
  private String picks(String model, int count) {
    return picks(balancer, model, count);
  }

  private void has(String name, String... models) {
    has(balancer, name, models);
  }

  @Test
  void aRequestWithoutAModelGoesToEachInItsTurnHoweverBusyItIs() {
    try (Lease _ = balancer.lease(server(balancer, "b"))) {
      assertEquals("abcabc", picks("", 6));
    }
  }

  @Test
  void whatAllAreToStandBehindGoesToThoseWithTheLowestVersion() {
    assertEquals("abc", picksOldest(3));
    isVersion("a", "0.30.0");
    isVersion("b", "0.9.6");
    isVersion("c", "0.9.6");
    assertEquals("cbcb", picksOldest(4));

    server(balancer, "c").reportConnectFailure("gone");
    assertEquals("bb", picksOldest(2));
    server(balancer, "b").reportConnectFailure("gone");
    assertEquals("a", picksOldest(1));
  }

  private void isVersion(String host, String version) {
    server(balancer, host).stock().version(Version.of(version));
  }

  private String picksOldest(int count) {
    StringBuilder picked = new StringBuilder();
    for (int i = 0; i < count; i++) {
      try (Lease lease = balancer.acquireOldest(s -> false).orElseThrow()) {
        picked.append(lease.server().address().host());
      }
    }
    return picked.toString();
  }
}
