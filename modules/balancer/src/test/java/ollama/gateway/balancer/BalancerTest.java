package ollama.gateway.balancer;

import static ollama.gateway.balancer.Fixtures.addresses;
import static ollama.gateway.balancer.Fixtures.balancer;
import static ollama.gateway.balancer.Fixtures.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.QueueConfig;
import org.junit.jupiter.api.Test;

final class BalancerTest {

  @Test
  void goesRoundInTheOrderOfTheSettings() {
    assertEquals("abcabc", picks(balancer("a", "b", "c"), 6));
  }

  @Test
  void aServerThatIsDownIsLeftOutAndItsShareIsSpreadEvenly() {
    Balancer balancer = balancer("a", "b", "c");
    server(balancer, "b").reportConnectFailure("gone");

    assertEquals("acacac", picks(balancer, 6));
  }

  @Test
  void theNextAttemptGoesToAServerThatWasNotTriedYet() {
    Balancer balancer = balancer("a", "b", "c");
    for (int request = 0; request < 10; request++) {
      Set<Upstream> tried = new HashSet<>();
      for (int attempt = 0; attempt < 3; attempt++) {
        try (Lease lease = balancer.acquire("", tried::contains).orElseThrow()) {
          assertTrue(tried.add(lease.server()));
        }
      }
      assertTrue(balancer.acquire("", tried::contains).isEmpty());
    }
  }

  @Test
  void tellsWhetherAnotherServerIsUp() {
    Balancer balancer = balancer("a", "b");
    Upstream a = server(balancer, "a");
    Upstream b = server(balancer, "b");

    assertTrue(balancer.hasUp("", a::equals));
    assertFalse(balancer.hasUp("", server -> true));
    b.reportConnectFailure("gone");
    assertFalse(balancer.hasUp("", a::equals));
    assertTrue(balancer.hasUp("", b::equals));
  }

  @Test
  void whenAllAreDownOneIsTriedAnywayEachInItsTurn() {
    Balancer balancer = balancer("a", "b", "c");
    balancer.servers().forEach(server -> server.reportConnectFailure("gone"));

    assertEquals("abcabc", picks(balancer, 6));
  }

  @Test
  void aServerThatIsDownIsNotTriedAfterAnother() {
    Balancer balancer = balancer("a", "b");
    server(balancer, "b").reportConnectFailure("gone");

    try (Lease first = balancer.acquire().orElseThrow()) {
      assertEquals(server(balancer, "a"), first.server());
      assertTrue(balancer.acquire("", Set.of(first.server())::contains).isEmpty());
    }
  }

  @Test
  void withoutServersThereIsNothingToTry() {
    assertTrue(balancer().acquire().isEmpty());
  }

  @Test
  void aLeaseIsCountedAtItsServerOnly() {
    Balancer balancer = balancer("a", "b");
    try (Lease lease = balancer.acquire().orElseThrow()) {
      assertEquals(1, lease.server().inFlight());
      assertEquals(0, server(balancer, "b").inFlight());
    }
    assertEquals(0, server(balancer, "a").inFlight());
  }

  @Test
  void anAddressThatStandsTwiceIsOneServer() {
    assertEquals("abab", picks(balancer("a", "b", "a"), 4));
  }

  @Test
  void aReloadKeepsTheServersThatStayAndTakesTheNewOrder() {
    Balancer before = balancer("a", "b", "c");
    server(before, "c").reportConnectFailure("gone");
    Lease lease = before.acquire().orElseThrow();

    Balancer after =
        before.reconfigured(
            addresses("d", "c", "a"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults());

    assertEquals(
        addresses("d", "c", "a"), after.servers().stream().map(Upstream::address).toList());
    assertSame(server(before, "a"), server(after, "a"));
    assertSame(server(before, "c"), server(after, "c"));
    assertEquals(1, server(after, "a").inFlight());
    assertEquals(List.of(true, false, true), after.servers().stream().map(Upstream::up).toList());
    lease.close();
    assertEquals(0, server(after, "a").inFlight());
    assertEquals(
        addresses("a", "b", "c"), before.servers().stream().map(Upstream::address).toList());
  }

  @Test
  void aServerThatComesBackIntoTheSettingsIsNew() {
    Balancer before = balancer("a", "b");
    server(before, "b").reportConnectFailure("gone");

    Balancer after =
        before
            .reconfigured(addresses("a"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults())
            .reconfigured(
                addresses("a", "b"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults());

    assertNotSame(server(before, "b"), server(after, "b"));
    assertTrue(server(after, "b").up());
  }

  @Test
  void aReloadDoesNotStartAtTheTopAgain() {
    Balancer before = balancer("a", "b", "c");
    assertEquals("a", picks(before, 1));
    assertEquals(
        "bc",
        picks(
            before.reconfigured(
                addresses("a", "b", "c"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults()),
            2));
  }

  @Test
  void manyThreadsSpreadExactlyEvenly() throws Exception {
    Balancer balancer = balancer("a", "b", "c", "d");
    Map<String, Integer> picked = new ConcurrentHashMap<>();
    Callable<Boolean> requests =
        () -> {
          for (int i = 0; i < 1_000; i++) {
            try (Lease lease = balancer.acquire().orElseThrow()) {
              picked.merge(lease.server().address().host(), 1, Integer::sum);
            }
          }
          return true;
        };
    run(8, requests);

    assertEquals(Map.of("a", 2_000, "b", 2_000, "c", 2_000, "d", 2_000), new TreeMap<>(picked));
    balancer.servers().forEach(server -> assertEquals(0, server.inFlight()));
  }

  @Test
  void alwaysFindsOneWhileServersComeAndGo() throws Exception {
    Balancer balancer = balancer("a", "b", "c");
    Callable<Boolean> requests =
        () -> {
          for (int i = 0; i < 5_000; i++) {
            try (Lease lease = balancer.acquire().orElseThrow()) {
              if (i % 3 == 0) {
                lease.server().reportConnectFailure("gone");
              } else {
                lease.server().reportSuccess();
              }
            }
          }
          return true;
        };
    run(4, requests);

    balancer.servers().forEach(server -> assertEquals(0, server.inFlight()));
  }

  private static void run(int times, Callable<Boolean> task) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(times)) {
      List<Callable<Boolean>> tasks = new ArrayList<>(Collections.nCopies(times, task));
      for (Future<Boolean> done : threads.invokeAll(tasks)) {
        assertTrue(done.get());
      }
    }
  }

  private static String picks(Balancer balancer, int requests) {
    StringBuilder picked = new StringBuilder();
    for (int i = 0; i < requests; i++) {
      try (Lease lease = balancer.acquire().orElseThrow()) {
        picked.append(lease.server().address().host());
      }
    }
    return picked.toString();
  }
}
