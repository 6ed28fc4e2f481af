package ollama.gateway.balancer;

import static ollama.gateway.balancer.Fixtures.NOBODY;
import static ollama.gateway.balancer.Fixtures.NOW;
import static ollama.gateway.balancer.Fixtures.addresses;
import static ollama.gateway.balancer.Fixtures.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ollama.gateway.config.QueueConfig;
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
  void whatIsKnownOfModelsSurvivesAReload() {
    has("a", "x");
    has("b", "y");

    Balancer after =
        balancer.reconfigured(addresses("b", "a"), "least-requests", QueueConfig.defaults());

    assertTrue(server(after, "a").inventory().has("x"));
    assertTrue(server(after, "b").inventory().lacks("x"));
  }

  /** Each request ends before the next. */
  private String picks(String model, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              try (Lease lease = balancer.acquire(model, s -> false).orElseThrow()) {
                return lease.server().address().host();
              }
            })
        .collect(Collectors.joining());
  }

  private void has(String name, String... models) {
    server(balancer, name)
        .stock()
        .inventory(new Inventory(Optional.of(Set.of(models)), Map.of(), true));
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
