package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.http.loop.VirtualThreads;
import org.junit.jupiter.api.Test;

/** A wrong {@code --add-opens} would run all of these tests on the fallback, and they'd pass. */
class SchedulerTest {

  /** Whether connections run on the JDK's scheduler, where some things are only likely. */
  static final boolean FALLBACK = VirtualThreads.scheduler() == VirtualThreads.Scheduler.JDK;

  private static final String EXPECTED =
      System.getProperty("ollama.gateway.expected-scheduler", "unset");

  @Test
  void runsOnTheSchedulerThatTheBuildAskedFor() {
    assertEquals(EXPECTED, VirtualThreads.scheduler().label());
    assertTrue(Version.text().contains(", scheduler " + EXPECTED + ", io "), Version.text());
  }

  @Test
  void theMetricsTellIt() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start()) {
      assertEquals(1, gateway.metric("gateway_scheduler_info{scheduler=\"" + EXPECTED + "\"}"));
    }
  }
}
