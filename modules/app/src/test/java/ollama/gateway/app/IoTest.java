package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.http.loop.EventLoops;
import org.junit.jupiter.api.Test;

/** What the system is asked with, and that these tests are run on what the build asked for. */
class IoTest {

  private static final String EXPECTED = System.getProperty("ollama.gateway.expected-io", "unset");

  @Test
  void runsOnWhatTheBuildAskedFor() throws Exception {
    try (EventLoops loops = EventLoops.start(1)) {
      assumeTrue(
          !EXPECTED.equals("io_uring") || loops.whyNotUring().isEmpty(),
          () -> "the tests of app weren't run on io_uring: " + loops.whyNotUring());
      assertEquals(EXPECTED, loops.io());
    }
  }

  @Test
  void theMetricsAndTheVersionTellIt() throws Exception {
    String best = EventLoops.bestIo();
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start()) {
      String line = gateway.get("/metrics").text().lines().filter(IoTest::isIo).findFirst().get();
      String io = best.replaceFirst(" .*", "");
      assertTrue(line.contains("io=\"" + io + "\""), line);
      assertEquals(io.equals("io_uring"), line.contains("reason=\"\""), line);
    }
    assertTrue(Version.text().endsWith(", io " + best + ")"), Version.text());
  }

  @Test
  void theSettingKeepsItAway() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("io", "\"nio\"")
                .set("metrics", "{\"enabled\": true}")
                .start()) {
      assertEquals(
          1, gateway.metric("gateway_io_info{io=\"nio\",reason=\"the setting io is nio\"}"));
      assertEquals(200, gateway.post("/api/chat", "{}").status());
    }
  }

  private static boolean isIo(String line) {
    return line.startsWith("gateway_io_info{");
  }
}
