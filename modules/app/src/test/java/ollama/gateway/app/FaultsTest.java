package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Fault;
import ollama.gateway.app.testing.NumberedStreams;
import ollama.gateway.app.testing.NumberedStreams.Outcome;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.app.testing.UpstreamMain;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Things around the gateway break under 200 streams: each ends whole, or is seen to be cut. */
@Timeout(600)
class FaultsTest {

  private static final int STREAMS = 200;
  private static final int LINES = 50;
  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final String METRICS = "{\"enabled\": true}";

  /** What ends those that hang, with time for the others on a busy machine. */
  private static final String TIMEOUTS = "{\"firstByteSeconds\": 5, \"upstreamIdleSeconds\": 5}";

  @AutoClose private final FakeUpstream good = FakeUpstream.start(NumberedStreams::play);

  @AutoClose private final FakeUpstream bad = FakeUpstream.start(NumberedStreams::play);

  @ParameterizedTest
  @EnumSource(Fault.class)
  void noStreamHangsMixesOrEndsCleanlyWhenAServer(Fault fault) throws Exception {
    bad.script(fault::play);
    try (TestGateway gateway = plan(good.url(), bad.url()).start()) {
      Outcome outcome = stream(gateway);
      assertTrue(outcome.whole() >= STREAMS / 2, outcome::toString);
      assertEquals(fault.cuts(), outcome.cut() > 0, outcome::toString);
      assertAddsUp(gateway, outcome);

      bad.script(NumberedStreams::play);
      await("it is up again", () -> up(gateway, bad.url()));
      assertEquals(new Outcome(STREAMS, 0, 0), stream(gateway));
    }
    assertConnectionsGivenBack();
  }

  @Test
  void aServerThatIsKilledCutsItsStreamsAndNoOthers() throws Exception {
    try (UpstreamMain killed = UpstreamMain.start();
        TestGateway gateway = plan(good.url(), killed.url()).start();
        NumberedStreams streams = new NumberedStreams(gateway.address(), STREAMS, LINES)) {
      await("half of them are elsewhere", () -> good.seen().size() >= STREAMS / 2);
      killed.kill();
      Outcome outcome = streams.await();
      assertTrue(outcome.cut() > 0 && outcome.whole() >= STREAMS / 2, outcome::toString);
      assertAddsUp(gateway, outcome);
      // Nobody listens there now: all find the other one.
      assertEquals(new Outcome(STREAMS, 0, 0), stream(gateway));
    }
    assertConnectionsGivenBack();
  }

  @Test
  void aServerThatRefusesIsLeftOutUntilItComesBack() throws Exception {
    int port = bad.port();
    try (TestGateway gateway = plan(good.url(), bad.url()).start()) {
      bad.kill();
      assertEquals(new Outcome(STREAMS, 0, 0), stream(gateway));
      try (FakeUpstream back = FakeUpstream.restart(port, NumberedStreams::play)) {
        await("it is up again", () -> up(gateway, back.url()));
        Outcome outcome = stream(gateway);
        assertEquals(new Outcome(STREAMS, 0, 0), outcome);
        assertTrue(back.seen().size() > 0);
      }
      assertAddsUp(gateway, new Outcome(2 * STREAMS, 0, 0));
    }
    assertConnectionsGivenBack();
  }

  @Test
  void fiveHundredReloadsAndBrokenFilesBetweenThemTouchNoStream() throws Exception {
    try (TestGateway gateway = plan(good.url(), bad.url()).start();
        NumberedStreams streams = new NumberedStreams(gateway.address(), STREAMS, 4 * LINES)) {
      for (int i = 0; i < 500; i++) {
        String[] servers =
            i % 2 == 0 ? new String[] {good.url()} : new String[] {bad.url(), good.url()};
        gateway.set("ollamaAddresses", TestGateway.list(servers)).process().reload();
        if (i % 10 == 0) {
          Files.writeString(gateway.file(), "{\"ollamaAddresses\": [");
          assertThrows(IOException.class, gateway.process()::reload);
        }
      }
      Outcome outcome = streams.await();
      assertEquals(new Outcome(STREAMS, 0, 0), outcome);
      assertEquals(500, gateway.metric("gateway_config_reloads_total{result=\"success\"}"));
      assertEquals(50, gateway.metric("gateway_config_reloads_total{result=\"failure\"}"));
      assertAddsUp(gateway, outcome);
    }
    assertConnectionsGivenBack();
  }

  @Test
  void aDrainUnderLoadLosesNoStreamThatEndsInTime() throws Exception {
    TestGateway gateway = plan(good.url(), bad.url()).start();
    try (NumberedStreams streams = new NumberedStreams(gateway.address(), STREAMS, 2 * LINES)) {
      await("all are running", () -> good.seen().size() + bad.seen().size() == STREAMS);
      gateway.process().stop();
      assertEquals(new Outcome(STREAMS, 0, 0), streams.await());
    } finally {
      gateway.close();
    }
    assertConnectionsGivenBack();
  }

  private static TestGateway.Plan plan(String... urls) {
    return TestGateway.before(urls)
        .set("metrics", METRICS)
        .set("timeouts", TIMEOUTS)
        .set("loadBalancer", "{\"healthCheckIntervalInSeconds\": 1}");
  }

  private static Outcome stream(TestGateway gateway) throws Exception {
    try (NumberedStreams streams = new NumberedStreams(gateway.address(), STREAMS, LINES)) {
      return streams.await();
    }
  }

  /** Each request is counted once, a cut one not as a success, and nothing is left running. */
  private static void assertAddsUp(TestGateway gateway, Outcome outcome) throws Exception {
    // The request for the metrics itself is one of each.
    await("leases are given back", () -> sum(gateway, "gateway_upstream_requests_in_flight{") == 0);
    await("requests have ended", () -> sum(gateway, "gateway_requests_in_flight ") == 1);
    await("connections are closed", () -> sum(gateway, "gateway_client_connections ") == 1);
    String chat = "gateway_requests_total{endpoint=\"/api/chat\",method=\"POST\",status=\"";
    assertEquals(outcome.whole(), sum(gateway, chat + "200\""));
    assertEquals(outcome.whole() + outcome.cut() + outcome.refused(), sum(gateway, chat));
  }

  private void assertConnectionsGivenBack() {
    await("connections to servers are closed", () -> good.open() + bad.open() == 0);
  }

  private static boolean up(TestGateway gateway, String url) {
    return sum(gateway, "gateway_upstream_up{server=\"" + url + "\"}") == 1;
  }

  private static double sum(TestGateway gateway, String lineStart) {
    try {
      return gateway
          .get("/metrics")
          .text()
          .lines()
          .filter(line -> line.startsWith(lineStart))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .sum();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + WAIT.toNanos();
    while (!holds.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, "not in " + WAIT + ": " + what);
      LockSupport.parkNanos(10_000_000);
    }
  }
}
