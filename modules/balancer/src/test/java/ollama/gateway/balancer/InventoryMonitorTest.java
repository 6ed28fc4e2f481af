package ollama.gateway.balancer;

import static ollama.gateway.balancer.Fixtures.NOBODY;
import static ollama.gateway.balancer.Fixtures.addresses;
import static ollama.gateway.balancer.Fixtures.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.QueueConfig;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class InventoryMonitorTest {

  private static final int HOUR = 3600;

  private final Balancer balancer =
      new Balancer(
          addresses("a", "b"),
          "least-requests",
          QueueConfig.defaults(),
          NOBODY,
          InstantSource.system());
  private final Upstream a = server(balancer, "a");
  private final Upstream b = server(balancer, "b");
  private final Map<String, Set<String>> installed = new ConcurrentHashMap<>();
  private final Map<String, Map<String, Integer>> loaded = new ConcurrentHashMap<>();
  private final Set<String> refusing = ConcurrentHashMap.newKeySet();
  private final Set<String> another = ConcurrentHashMap.newKeySet();
  private final AtomicInteger questions = new AtomicInteger();
  private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

  @AutoClose
  private final InventoryMonitor monitor =
      new InventoryMonitor(
          new InventorySource() {
            @Override
            public Listed installed(OllamaServer address, Duration timeout) throws IOException {
              questions.incrementAndGet();
              awaitLeave(address);
              if (refusing.contains(address.url().host())) {
                throw new ConnectException("it refuses");
              }
              boolean isAnother = another.contains(address.url().host());
              return new Listed(
                  isAnother ? Optional.empty() : Optional.of(known(installed, address)), Set.of());
            }

            @Override
            public Map<String, Integer> loaded(OllamaServer address, Duration timeout)
                throws IOException {
              return known(loaded, address);
            }
          },
          Thread.ofVirtual()::unstarted);

  InventoryMonitorTest() {
    installed.put("a", Set.of("x"));
    installed.put("b", Set.of("x", "y"));
    loaded.put("a", Map.of());
    loaded.put("b", Map.of("y", 8192));
  }

  @Test
  void eachServerIsAskedAtOnceWhatItHasAndWhatIsLoaded() {
    watchAndAwaitALook();

    assertEquals(
        new Inventory(Optional.of(Set.of("x")), Optional.of(Set.of()), Map.of(), true, true),
        a.inventory());
    assertEquals(
        new Inventory(
            Optional.of(Set.of("x", "y")), Optional.of(Set.of()), Map.of("y", 8192), true, true),
        b.inventory());
  }

  @Test
  void whatHasChangedIsSeenWithoutAPause() {
    watchAndAwaitALook();
    long begun = System.nanoTime();
    for (int i = 0; i < 40; i++) {
      installed.put("a", Set.of("x", "made" + i));
      balancer.renew(List.of(a), 30_000);
      assertTrue(a.inventory().has("made" + i));
    }
    // With the pause that other looks have, it would be twenty seconds.
    assertTrue(System.nanoTime() - begun < Duration.ofSeconds(10).toNanos());
  }

  @Test
  void whatNobodyHasIsLookedForOutOfTurn() {
    watchAndAwaitALook();
    installed.put("a", Set.of("x", "new"));

    balancer.look("new", 30_000);

    assertTrue(a.inventory().has("new"));
  }

  @Test
  void whatSomebodyHasIsNotLookedFor() {
    watchAndAwaitALook();
    int before = questions.get();

    balancer.look("y", 30_000);

    assertEquals(before, questions.get());
  }

  @Test
  void whereAServerDoesNotTellWhatItHasNobodyWaitsForThatAgain() {
    installed.remove("a");
    watchAndAwaitALook();
    int before = questions.get();

    balancer.look("nosuch", 30_000);

    assertEquals(before, questions.get());
  }

  @Test
  void beforeTheFirstLookItIsWaitedFor() {
    monitor.watch(balancer.servers(), HOUR);

    balancer.look("y", 30_000);

    assertTrue(b.inventory().has("y"));
  }

  @Test
  void whoWasNeverAskedIsWaitedForThoughAnotherHasTheModel() throws Exception {
    CountDownLatch leave = new CountDownLatch(1);
    held.put("a", leave);
    long second = b.stock().ask();
    monitor.watch(balancer.servers(), HOUR);
    await(b, second);
    AtomicBoolean wasLookedAt = new AtomicBoolean();
    Thread request =
        Thread.startVirtualThread(
            () -> {
              balancer.look("y", 30_000);
              wasLookedAt.set(a.stock().wasLookedAt());
            });
    while (request.getState() != Thread.State.TIMED_WAITING && request.isAlive()) {
      Thread.onSpinWait();
    }

    leave.countDown();
    request.join();

    assertTrue(wasLookedAt.get(), "else it is sent to a server that may not have the model");
  }

  @Test
  void whoWasDownWhenItWasToBeAskedIsAskedOnceItIsUp() {
    b.reportConnectFailure("gone");
    watchAndAwaitALook();
    assertFalse(b.stock().wasLookedAt());

    b.markUp("it is back");

    assertTrue(b.stock().awaitFirst(System.nanoTime() + 30_000_000_000L));
    assertTrue(b.inventory().has("y"));
  }

  @Test
  void whoIsBackIsAskedAtOnceWhatItHasNow() {
    watchAndAwaitALook();
    b.reportConnectFailure("gone");
    installed.put("b", Set.of("new"));

    b.markUp("it is back");

    // The next look that nobody asks for is in an hour.
    while (!b.inventory().has("new")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatTheLineWasNotToldOfYetIsNotKnown() {
    AtomicBoolean waited = new AtomicBoolean();
    AtomicReference<List<Upstream>> servers = new AtomicReference<>(List.of());
    Upstream only =
        new Upstream(
            addresses("a").getFirst(),
            new Upstream.Observer() {
              @Override
              public void changed(Upstream server, boolean up, String why) {}

              @Override
              public void seen(Upstream server, long askedNanos) {
                long begin = System.nanoTime();
                Looks.look(servers.get(), "x", 20);
                waited.set(System.nanoTime() - begin >= 20_000_000);
              }
            },
            InstantSource.system());
    servers.set(List.of(only));

    only.seen(
        new Inventory(Optional.of(Set.of("x")), Optional.of(Set.of()), Map.of(), true, true),
        System.nanoTime());

    assertTrue(waited.get(), "nobody who chooses a server knows of it");
  }

  @Test
  void aLookHasABoundHoweverLongAServerTakes() {
    long begin = System.nanoTime();

    balancer.look("y", 50);

    assertTrue(System.nanoTime() - begin >= 50_000_000, "nobody watches, so nobody tells");
  }

  @Test
  void aServerThatDoesNotTellAnyMoreHasWhatItHadAndMayHaveAnythingElse() {
    watchAndAwaitALook();
    installed.remove("a");
    look();

    assertTrue(a.inventory().has("x"));
    assertFalse(a.inventory().lacks("nosuch"));
  }

  @Test
  void whatAServerHadThatDoesNotTellAnyMoreIsTheSameToWhoeverChoosesAServer() {
    watchAndAwaitALook();
    installed.remove("b");
    look();
    b.reportConnectFailure("gone");

    assertEquals(b.name(), chosenFor("y"));
    assertTrue(balancer.hasAny("y", Set.of(), false));
    assertFalse(
        balancer.hasAny("y", Set.of(b.name()), false), "the other told that it hasn't that");
  }

  @Test
  void whatIsAnotherProgramNowMayHaveAnything() {
    watchAndAwaitALook();
    another.add("a");
    look();

    assertFalse(a.inventory().has("x"));
    assertFalse(a.inventory().lackedLast("nosuch"));
    assertEquals(a.name(), chosenFor("nosuch"));
  }

  @Test
  void whereWhatIsLoadedIsNotToldThatStaysAsItWas() {
    watchAndAwaitALook();
    loaded.remove("b");
    installed.put("b", Set.of("y"));
    look();

    assertEquals(
        new Inventory(
            Optional.of(Set.of("y")), Optional.of(Set.of()), Map.of("y", 8192), true, false),
        b.inventory());
  }

  @Test
  void aServerThatIsDownIsNotAsked() {
    b.reportConnectFailure("gone");
    watchAndAwaitALook();

    assertEquals(1, questions.get());
    assertEquals(Inventory.UNKNOWN, b.inventory());
  }

  @Test
  void aServerThatNobodyCanConnectToIsDownBeforeItsNextCheck() {
    watchAndAwaitALook();
    refusing.add("b");
    look();

    assertTrue(b.unreachable());
    assertEquals("it refuses", b.health().lastFailure());
    assertTrue(a.up());
  }

  @Test
  void aServerThatIsNotWatchedAnyMoreIsNotAsked() {
    watchAndAwaitALook();
    monitor.watch(
        balancer.reconfigured(addresses("a"), "least-requests", QueueConfig.defaults()).servers(),
        HOUR);
    int before = questions.get();

    long look = b.stock().ask();

    assertFalse(b.stock().await(look, System.nanoTime() + 20_000_000));
    assertEquals(before, questions.get());
  }

  private String chosenFor(String model) {
    long now = System.nanoTime();
    Ticket ticket = balancer.line().enter(Work.of(model), Set.of(), _ -> {}, now);
    String server = ticket.server();
    boolean _ = ticket.leave(now);
    return server;
  }

  private void watchAndAwaitALook() {
    long first = a.stock().ask();
    long second = b.stock().ask();
    monitor.watch(balancer.servers(), HOUR);
    await(a, first);
    await(b, second);
  }

  /** Of both, out of turn. */
  private void look() {
    await(a, a.stock().ask());
    await(b, b.stock().ask());
  }

  private static void await(Upstream server, long look) {
    assertTrue(server.stock().await(look, System.nanoTime() + 30_000_000_000L));
  }

  private void awaitLeave(OllamaServer address) throws IOException {
    CountDownLatch leave = held.get(address.url().host());
    try {
      if (leave != null) {
        leave.await();
      }
    } catch (InterruptedException e) {
      throw new IOException("called off", e);
    }
  }

  private static <T> T known(Map<String, T> answers, OllamaServer address) throws IOException {
    T answer = answers.get(address.url().host());
    if (answer == null) {
      throw new IOException("no answer");
    }
    return answer;
  }
}
