package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.HealthListener;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import org.junit.jupiter.api.Test;

/** Servers that are taken out of service on one gateway are so on all. */
class SharedDrainsTest {

  private static final String A = "http://a:11434";
  private static final String B = "http://b:11434";

  private final Map<String, String> store = new TreeMap<>();
  private final List<String> log = new ArrayList<>();

  /** A gateway, as far as its servers go. */
  private final class Member {
    private final SharedDrains drains = new SharedDrains(store::put, InstantSource.system());
    private final Balancer balancer;

    private Member(String... urls) {
      List<OllamaServer> servers =
          Arrays.stream(urls).map(UpstreamAddress::parse).map(OllamaServer::ofPlain).toList();
      GatewayConfig config = GatewayConfig.defaults(servers);
      balancer =
          new Balancer(
              servers,
              config.loadBalancer().policy(),
              config.queue(),
              drains.before(new Log()),
              InstantSource.system());
    }

    private Upstream server(int index) {
      return balancer.servers().get(index);
    }

    private void hear() {
      drains.heard(Map.copyOf(store));
      drains.apply(balancer.servers());
    }
  }

  private final class Log implements HealthListener {
    @Override
    public void changed(Upstream server, boolean up, String why) {}

    @Override
    public void drained(Upstream server, boolean draining, String why) {
      log.add(server + " " + draining + " " + why);
    }
  }

  @Test
  void whatIsAskedForAtOneHoldsOnAll() {
    Member one = new Member(A, B);
    Member other = new Member(B, A);
    one.server(0).drain(true, "asked for here");
    other.hear();
    assertFalse(other.server(0).draining());
    assertTrue(other.server(1).draining());
    other.server(1).drain(false, "asked for there");
    one.hear();
    assertFalse(one.server(0).draining());
    assertEquals(
        List.of(
            A + " true asked for here",
            A + " true asked for at another gateway",
            A + " false asked for there",
            A + " false asked for at another gateway"),
        log);
  }

  @Test
  void hearingOfItAnnouncesNothing() {
    Member one = new Member(A);
    Member other = new Member(A);
    one.server(0).drain(true, "here");
    Map<String, String> before = Map.copyOf(store);
    other.hear();
    one.hear();
    assertEquals(before, store);
  }

  @Test
  void oneThatStartsLaterKnowsOfIt() {
    Member one = new Member(A, B);
    one.server(0).drain(true, "here");
    Member late = new Member(A);
    late.hear();
    assertTrue(late.server(0).draining());
  }

  @Test
  void whatWasNeverAskedForStaysAsItIs() {
    Member one = new Member(A);
    one.hear();
    assertFalse(one.server(0).draining());
    assertEquals(List.of(), log);
  }

  @Test
  void whatTheStoreHasLostItIsToldAgain() {
    Member one = new Member(A);
    one.server(0).drain(true, "here");
    Map<String, String> before = Map.copyOf(store);
    store.clear();
    one.hear();
    assertEquals(before, store);
    assertTrue(one.server(0).draining());
  }

  @Test
  void aServerThatComesByAReloadIsAsItWasAnnounced() {
    Member one = new Member(A);
    Member other = new Member(B);
    one.server(0).drain(true, "here");
    other.hear();
    GatewayConfig config =
        GatewayConfig.defaults(List.of(OllamaServer.ofPlain(UpstreamAddress.parse(A))));
    Balancer reloaded =
        other.balancer.reconfigured(
            config.ollamaAddresses(), config.loadBalancer().policy(), config.queue());
    other.drains.apply(reloaded.servers());
    assertTrue(reloaded.servers().getFirst().draining());
  }
}
