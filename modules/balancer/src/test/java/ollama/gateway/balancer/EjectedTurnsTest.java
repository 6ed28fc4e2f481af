package ollama.gateway.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import ollama.gateway.balancer.dispatch.Ejection;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.QueueConfig;
import org.junit.jupiter.api.Test;

/** Servers that fail requests, and the turns of requests that run no model. */
final class EjectedTurnsTest {

  private final List<String> events = new ArrayList<>();
  private final HealthListener listener =
      new HealthListener() {
        @Override
        public void changed(Upstream server, boolean up, String why) {
          events.add(server.address().host() + (up ? " up" : " down"));
        }

        @Override
        public void ejected(Upstream server, boolean ejected, String why) {
          events.add(server.address().host() + (ejected ? " ejected: " : " back: ") + why);
        }
      };
  private final Balancer balancer =
      new Balancer(
          Fixtures.addresses("a", "b", "c"),
          LoadBalancerConfig.ROUND_ROBIN,
          QueueConfig.defaults(),
          listener,
          InstantSource.fixed(Fixtures.NOW));
  private final Upstream a = Fixtures.server(balancer, "a");
  private final Upstream b = Fixtures.server(balancer, "b");
  private final Upstream c = Fixtures.server(balancer, "c");

  @Test
  void oneThatFailedHasNoTurnForAWhile() {
    b.reportFailure("busy", true);
    assertEquals("acac", picks(4));
  }

  @Test
  void whenAllFailedAllHaveTheirTurns() {
    balancer.servers().forEach(EjectedTurnsTest::eject);
    assertEquals("abcabc", picks(6));
  }

  @Test
  void oneThatIsDownHasNoTurnThoughTheOthersFailed() {
    c.reportConnectFailure("gone");
    eject(a);
    assertEquals("bbb", picks(3));
    eject(b);
    String both = picks(4);
    assertTrue(both.equals("abab") || both.equals("baba"), both);
  }

  @Test
  void whoTriedTheOthersMayTryItAllTheSame() {
    eject(b);
    try (Lease lease = balancer.acquire("", Set.of(a, c)::contains).orElseThrow()) {
      assertEquals(b, lease.server());
    }
    assertTrue(balancer.hasUp("", Set.of(a, c)::contains));
  }

  @Test
  void aPassedCheckDoesNotBringItBackAndAnAnswerDoes() {
    eject(b);
    b.markUp("health check: status 200");
    assertTrue(b.up());
    assertTrue(b.ejection().isEjected());
    b.reportAnswer();
    assertTrue(b.ejection().isEjected());

    b.reportSuccess();

    assertFalse(b.ejection().isEjected());
    assertEquals(
        List.of(
            "b ejected: 5 requests failed in a row, at last: busy",
            "b back: it answered a request"),
        events);
  }

  @Test
  void aReloadLeavesItSo() {
    eject(b);
    Balancer next =
        balancer.reconfigured(
            Fixtures.addresses("b", "a"), LoadBalancerConfig.ROUND_ROBIN, QueueConfig.defaults());
    assertTrue(Fixtures.server(next, "b").ejection().isEjected());
    assertTrue(next.line().explain(work(), System.nanoTime()).estimates().getLast().eligible());
    assertFalse(next.line().explain(work(), System.nanoTime()).estimates().getFirst().eligible());
  }

  private static Work work() {
    return Work.of("m");
  }

  private static void eject(Upstream server) {
    for (int i = 0; i < Ejection.FAILURES_MAX; i++) {
      server.reportFailure("busy", true);
    }
  }

  private String picks(int requests) {
    StringBuilder picked = new StringBuilder();
    for (int i = 0; i < requests; i++) {
      try (Lease lease = balancer.acquire().orElseThrow()) {
        picked.append(lease.server().address().host());
      }
    }
    return picked.toString();
  }
}
