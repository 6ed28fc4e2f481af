package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.SlowClients;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/**
 * A thousand clients that send or read slowly, beside one that doesn't. By how much they delay it
 * is measured by {@code make soak}.
 */
class SlowClientsTest {

  private static final int REQUESTS = 400;

  /** Far more than so many requests take on any machine, and less than one waiting for each. */
  private static final long SECONDS_MAX = 60;

  private static final String TAGS = TestGateway.getOf("/api/tags");

  @Test
  void aThousandSlowClientsDontKeepANormalOneWaiting() throws Exception {
    try (SlowClients slow = new SlowClients(TestGateway.AUTH);
        FakeUpstream upstream = FakeUpstream.start(slow::answer);
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream)
                    .set("metrics", "{\"enabled\": true}")
                    .set("limits", "{\"connectionsPerAddress\": 0}")
                    .set("timeouts", "{\"headSeconds\": 600}"),
                ":");
        RawClient normal = gateway.connect()) {
      for (int round = 0; round < 2; round++) {
        slow.come(gateway.address());
        awaitConnections(normal, SlowClients.COUNT + 1);
        slow.awaitStall();
        long begin = System.nanoTime();
        for (int i = 0; i < REQUESTS; i++) {
          assertEquals(200, normal.send(TAGS).answer().status());
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
        assertTrue(seconds < SECONDS_MAX, seconds + " s");
        // They are all still there: nobody had to end for it.
        assertEquals(SlowClients.COUNT + 1, connections(normal));
        slow.leave();
        awaitConnections(normal, 1);
      }
    }
  }

  private static void awaitConnections(RawClient client, int count) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    double open = -1;
    while (open != count) {
      assertTrue(System.nanoTime() - deadline < 0, open + " connections");
      open = connections(client);
    }
  }

  private static double connections(RawClient client) throws IOException {
    client.send("GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n");
    return TestGateway.metric(client.answer(), "gateway_client_connections");
  }
}
