package ollama.gateway.balancer;

import static ollama.gateway.balancer.Fixtures.addresses;
import static ollama.gateway.balancer.Fixtures.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.QueueConfig;
import ollama.gateway.config.UpstreamAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
final class HealthMonitorTest {
  private static final LoadBalancerConfig CONFIG =
      new LoadBalancerConfig("round-robin", 5, 30, "/health", 4_000, 2_000);

  private static final CheckDelay SOON = (up, config, jitter) -> TimeUnit.MILLISECONDS.toNanos(1);

  private static final CheckDelay ONLY_WHEN_DOWN =
      (up, config, jitter) -> TimeUnit.MILLISECONDS.toNanos(up ? 86_400_000 : 1);

  private record Change(String host, boolean up, String why) {}

  private record Check(UpstreamAddress address, String path, Duration timeout) {}

  private final BlockingQueue<Change> changes = new LinkedBlockingQueue<>();
  private final BlockingQueue<Check> checks = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private volatile Probe answer = (address, path, timeout) -> 200;
  private final List<HealthMonitor> monitors = new ArrayList<>();

  private final Balancer balancer =
      new Balancer(
          addresses("a"),
          LoadBalancerConfig.ROUND_ROBIN,
          QueueConfig.defaults(),
          (server, up, why) -> changes.add(new Change(server.address().host(), up, why)),
          InstantSource.system());
  private final Upstream server = server(balancer, "a");

  @AfterEach
  void endAll() throws InterruptedException {
    monitors.forEach(HealthMonitor::close);
    for (Thread thread : threads) {
      assertTrue(thread.join(Duration.ofSeconds(10)), thread::toString);
    }
  }

  @Test
  void checksAtOnceAsConfigured() {
    monitor(ONLY_WHEN_DOWN).watch(balancer, CONFIG);

    assertEquals(new Check(server.address(), "/health", Duration.ofSeconds(4)), next(checks));
  }

  @Test
  void aStatusOutside2xxMarksDownAndOneInsideMarksUp() {
    answer = (address, path, timeout) -> 500;
    monitor(SOON).watch(balancer, CONFIG);

    assertEquals(new Change("a", false, "health check: status 500"), next(changes));
    answer = (address, path, timeout) -> 299;
    assertEquals(new Change("a", true, "health check: status 299"), next(changes));
    answer = (address, path, timeout) -> 301;
    assertEquals(new Change("a", false, "health check: status 301"), next(changes));
  }

  @Test
  void aProbeThatFailsMarksDown() {
    answer = failing(new IOException("connection refused"));
    monitor(SOON).watch(balancer, CONFIG);

    assertEquals(new Change("a", false, "health check: connection refused"), next(changes));
  }

  @Test
  void aCheckThatCouldNotBeMadeSaysNothing() {
    answer = failing(new Probe.UnableException(new IOException("too many open files")));
    assertSaysNothingOfTheServerAndIsNotTheLast();
  }

  @Test
  void aProbeThatFailsUnexpectedlyIsNotTheLast() {
    answer =
        (address, path, timeout) -> {
          throw new IllegalStateException();
        };
    monitor(SOON).watch(balancer, CONFIG);

    assertEquals(new Change("a", false, "health check: IllegalStateException"), next(changes));
    answer = (address, path, timeout) -> 200;
    assertEquals(new Change("a", true, "health check: status 200"), next(changes));
  }

  @Test
  void anErrorOfThisProcessSaysNothingOfTheServerAndIsNotTheLastCheck() {
    answer =
        (address, path, timeout) -> {
          throw new OutOfMemoryError("as if");
        };
    assertSaysNothingOfTheServerAndIsNotTheLast();
  }

  private void assertSaysNothingOfTheServerAndIsNotTheLast() {
    monitor(SOON).watch(balancer, CONFIG);

    next(checks);
    next(checks);
    assertTrue(server.up());
    assertEquals(List.of(), List.copyOf(changes));
    answer = failing(new IOException("connection refused"));
    assertEquals(new Change("a", false, "health check: connection refused"), next(changes));
  }

  @ParameterizedTest
  @MethodSource
  void onlyAFailureToConnectProvesThatNobodyIsThere(Probe failed, Outage outage) {
    answer = failed;
    monitor(SOON).watch(balancer, CONFIG);

    next(changes);
    assertEquals(Optional.of(outage), server.health().outage());
    assertEquals(outage == Outage.UNREACHABLE, server.unreachable());
  }

  static List<Arguments> onlyAFailureToConnectProvesThatNobodyIsThere() {
    return List.of(
        Arguments.of(failing(new ConnectException("refused")), Outage.UNREACHABLE),
        Arguments.of(failing(new IOException("no answer in 4000 ms")), Outage.SILENT),
        Arguments.of((Probe) (address, path, timeout) -> 500, Outage.UNHEALTHY));
  }

  @Test
  void aConnectFailureWakesTheChecker() {
    monitor(ONLY_WHEN_DOWN).watch(balancer, CONFIG);
    next(checks);

    server.reportConnectFailure("connection refused");

    assertEquals(new Change("a", false, "connection refused"), next(changes));
    assertEquals(new Change("a", true, "health check: status 200"), next(changes));
  }

  @Test
  void aSilentServerIsCheckedAtOnceHoweverManyTellThatAndAgainNoSoonerThanOneThatIsDown() {
    long begin = System.nanoTime();
    monitor((up, config, jitter) -> TimeUnit.MILLISECONDS.toNanos(up ? 86_400_000 : 300))
        .watch(balancer, CONFIG);
    next(checks);
    int rounds = 3;
    for (int i = 0; i < rounds; i++) {
      for (int request = 0; request < 1_000; request++) {
        server.reportSilence();
      }
      next(checks);
    }
    assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(rounds * 300L));
    assertTrue(server.up());
    // One more may be due for what was told while the last was under way; then it is left alone.
    assertTrue(checks.size() <= 1, checks::toString);
  }

  @Test
  void whoWaitsForAServerIsToldWhenItsCheckProvesItDead() {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Runnable tell = () -> told.add("dead: " + server.dead());
    server.addOnDeath(tell);
    answer = (address, path, timeout) -> 500;
    monitor(SOON).watch(balancer, CONFIG);
    next(changes);
    next(checks);
    assertFalse(server.dead());
    assertEquals(List.of(), List.copyOf(told));

    answer = failing(new IOException("no answer"));
    assertEquals("dead: true", next(told));
    for (int i = 0; i < 3; i++) {
      next(checks);
    }
    assertEquals(List.of(), List.copyOf(told));
    server.removeOnDeath(tell);
  }

  @Test
  void aCheckThatBeganBeforeAConnectFailureDoesNotOutweighIt() {
    CountDownLatch failed = new CountDownLatch(1);
    answer =
        (address, path, timeout) -> {
          awaitOrFail(failed);
          answer = failing(new IOException("still gone"));
          return 200;
        };
    monitor(ONLY_WHEN_DOWN).watch(balancer, CONFIG);
    next(checks);
    server.reportConnectFailure("connection refused");
    failed.countDown();

    assertEquals(new Change("a", false, "connection refused"), next(changes));
    next(checks);
    assertFalse(server.up());
    assertEquals(List.of(), List.copyOf(changes));
  }

  @Test
  void aChangeOfSettingsTakesEffectAtOnce() {
    LoadBalancerConfig rarely =
        new LoadBalancerConfig("round-robin", 5, 86_400, "/old", 1_000, 2_000);
    LoadBalancerConfig often = new LoadBalancerConfig("round-robin", 5, 1, "/new", 2_000, 2_000);
    HealthMonitor monitor =
        monitor(
            (up, config, jitter) ->
                TimeUnit.SECONDS.toNanos(config.healthCheckIntervalInSeconds()) / 1_000);
    monitor.watch(balancer, rarely);
    assertEquals("/old", next(checks).path());

    monitor.watch(balancer, often);

    assertEquals(new Check(server.address(), "/new", Duration.ofSeconds(2)), next(checks));
  }

  @Test
  void aServerThatStaysKeepsItsThread() {
    HealthMonitor monitor = monitor(SOON);
    monitor.watch(balancer, CONFIG);
    monitor.watch(balancer, CONFIG);
    monitor.watch(
        balancer.reconfigured(
            addresses("b", "a"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults()),
        CONFIG);

    assertEquals(2, threads.size());
  }

  @Test
  void aSlowServerHoldsUpNoOther() {
    Balancer two =
        balancer.reconfigured(
            addresses("a", "b"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults());
    CountDownLatch never = new CountDownLatch(1);
    answer =
        (address, path, timeout) -> {
          if (address.host().equals("a")) {
            awaitOrFail(never);
          }
          return 500;
        };
    monitor(SOON).watch(two, CONFIG);

    assertEquals(new Change("b", false, "health check: status 500"), next(changes));
    assertTrue(server.up());
  }

  @Test
  void aServerThatLeftTheSettingsIsNotCheckedAnyMore() throws InterruptedException {
    HealthMonitor monitor = monitor(SOON);
    monitor.watch(balancer, CONFIG);
    next(checks);

    monitor.watch(
        balancer.reconfigured(List.of(), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults()),
        CONFIG);

    assertTrue(threads.getFirst().join(Duration.ofSeconds(10)));
  }

  @Test
  void closingInterruptsTheCheckUnderWayAndIgnoresItsResult() {
    CountDownLatch never = new CountDownLatch(1);
    answer =
        (address, path, timeout) -> {
          awaitOrFail(never);
          return 200;
        };
    HealthMonitor monitor = monitor(SOON);
    monitor.watch(balancer, CONFIG);
    next(checks);

    monitor.close();

    assertFalse(threads.getFirst().isAlive());
    assertTrue(server.up());
    assertEquals(List.of(), List.copyOf(changes));
  }

  @Test
  void closingEndsTheRestBetweenTwoChecks() {
    HealthMonitor monitor = monitor(ONLY_WHEN_DOWN);
    monitor.watch(balancer, CONFIG);
    next(checks);

    monitor.close();
    monitor.close();
    monitor.watch(balancer, CONFIG);

    assertEquals(1, threads.size());
    assertFalse(threads.getFirst().isAlive());
  }

  @Test
  void anInterruptFromElsewhereDoesNotEndIt() {
    monitor(ONLY_WHEN_DOWN).watch(balancer, CONFIG);
    next(checks);

    threads.getFirst().interrupt();
    server.reportConnectFailure("connection refused");

    assertEquals(new Change("a", false, "connection refused"), next(changes));
    assertEquals(new Change("a", true, "health check: status 200"), next(changes));
  }

  private HealthMonitor monitor(CheckDelay delay) {
    HealthMonitor monitor =
        new HealthMonitor(
            (address, path, timeout) -> {
              checks.add(new Check(address, path, timeout));
              return answer.status(address, path, timeout);
            },
            task -> {
              Thread thread = Thread.ofVirtual().unstarted(task);
              threads.add(thread);
              return thread;
            },
            delay);
    monitors.add(monitor);
    return monitor;
  }

  private static Probe failing(IOException failure) {
    return (address, path, timeout) -> {
      throw failure;
    };
  }

  private static void awaitOrFail(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private static <T> T next(BlockingQueue<T> queue) {
    try {
      @Nullable T next = queue.poll(20, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing came in time");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
