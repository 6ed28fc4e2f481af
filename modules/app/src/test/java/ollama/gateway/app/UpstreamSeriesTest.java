package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the metrics count of each server. */
@Timeout(120)
class UpstreamSeriesTest {

  private static final int REQUESTS = 4;

  @AutoClose private final FakeUpstream failing = FakeUpstream.simple();
  @AutoClose private final FakeUpstream good = FakeUpstream.named("good");

  private static String series(String name, FakeUpstream server) {
    return "gateway_upstream_" + name + "{server=\"" + server.url() + "\"}";
  }

  private static String checks(FakeUpstream server, String result) {
    String labels = "{result=\"" + result + "\",server=\"" + server.url() + "\"}";
    return "gateway_upstream_checks_total" + labels;
  }

  private static void awaitAtLeast(double least, TestGateway gateway, String series)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (gateway.metric(series) < least) {
      assertTrue(System.nanoTime() - deadline < 0, series);
    }
  }

  @Test
  void whoIsTriedInThePlaceOfOneThatFailedHasARetry() throws Exception {
    failing.script(call -> call.respond(503, "{}"));
    try (TestGateway gateway =
        TestGateway.before(failing, good).set("metrics", "{\"enabled\": true}").start()) {
      for (int i = 0; i < REQUESTS; i++) {
        assertEquals(200, gateway.get("/api/x").status());
      }
      awaitAtLeast(1, gateway, series("retries_total", good));
      assertEquals(0, gateway.metric(series("retries_total", failing)));
      assertEquals(0, gateway.metric(series("ejections_total", good)));
    }
  }

  @Test
  void checksAreCountedByWhatTheyCameTo() throws Exception {
    failing.health(500);
    try (TestGateway gateway =
        TestGateway.before(failing, good)
            .set("metrics", "{\"enabled\": true}")
            .startChecked(good)) {
      gateway.awaitUp(0, failing.url());
      awaitAtLeast(1, gateway, checks(failing, "failure"));
      awaitAtLeast(1, gateway, checks(good, "success"));
      assertEquals(0, gateway.metric(checks(good, "failure")));
    }
  }
}
