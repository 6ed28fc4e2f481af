package ollama.gateway.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.config.OllamaServer;
import org.junit.jupiter.api.Test;

final class UpstreamTest {
  private static final Optional<Outage> UNREACHABLE = Optional.of(Outage.UNREACHABLE);

  private final List<String> changes = Collections.synchronizedList(new ArrayList<>());
  private Instant now = Fixtures.NOW;

  private final Upstream server =
      new Upstream(
          OllamaServer.ofPlain(Fixtures.address("a")),
          (changed, up, why) -> changes.add(changed.address().host() + " " + up + " " + why),
          () -> now);

  @Test
  void isUpUntilProvenDown() {
    assertEquals(new Health(Optional.empty(), "", Fixtures.NOW), server.health());
    assertTrue(server.up());
  }

  @Test
  void aConnectFailureMarksItDownAtOnceAndWakesTheChecker() {
    AtomicInteger woken = new AtomicInteger();
    server.wakeChecker(woken::incrementAndGet);
    later();

    server.reportConnectFailure("connection refused");

    assertFalse(server.up());
    assertEquals(
        new Health(UNREACHABLE, "connection refused", Fixtures.NOW.plusSeconds(1)),
        server.health());
    assertTrue(server.unreachable());
    assertEquals(1, woken.get());
  }

  @Test
  void anotherFailureKeepsSinceWhenAndTellsNobody() {
    AtomicInteger woken = new AtomicInteger();
    server.reportConnectFailure("connection refused");
    server.wakeChecker(woken::incrementAndGet);
    later();

    server.reportConnectFailure("connect timed out");

    assertEquals(new Health(UNREACHABLE, "connect timed out", Fixtures.NOW), server.health());
    assertEquals(List.of("a false connection refused"), changes);
    assertEquals(0, woken.get());
  }

  @Test
  void anAnswerIsProofThatItIsUp() {
    server.reportConnectFailure("connection refused");
    later();

    server.reportSuccess();
    server.reportSuccess();

    assertEquals(
        new Health(Optional.empty(), "connection refused", Fixtures.NOW.plusSeconds(1)),
        server.health());
    assertFalse(server.unreachable());
    assertEquals(List.of("a false connection refused", "a true it answered a request"), changes);
  }

  @Test
  void theListenerIsToldEachChangeOnceAndInOrder() throws Exception {
    Callable<Boolean> reporter =
        () -> {
          for (int i = 0; i < 2_000; i++) {
            server.reportConnectFailure("gone");
            server.reportSuccess();
          }
          return true;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(4, reporter))) {
        assertTrue(done.get());
      }
    }

    assertTrue(server.up());
    assertEquals(0, changes.size() % 2);
    for (int i = 0; i < changes.size(); i++) {
      assertEquals(i % 2 == 0 ? "a false gone" : "a true it answered a request", changes.get(i));
    }
  }

  @Test
  void aLeaseCountsAsInFlightUntilItIsClosedForTheFirstTime() {
    Lease lease = server.lease();
    try (Lease other = server.lease()) {
      assertEquals(server, other.server());
      assertEquals(2, server.inFlight());
    }
    lease.close();
    lease.close();

    assertEquals(0, server.inFlight());
  }

  @Test
  void aLeaseIsGivenBackOnceHoweverManyThreadsCloseIt() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 500; i++) {
        Lease lease = server.lease();
        Callable<Boolean> closer =
            () -> {
              lease.close();
              return true;
            };
        for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(4, closer))) {
          assertTrue(done.get());
        }
      }
    }
    assertEquals(0, server.inFlight());
  }

  private void later() {
    now = now.plus(Duration.ofSeconds(1));
  }
}
