package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.GrantObserver;
import ollama.gateway.balancer.dispatch.PlaceObserver;
import ollama.gateway.balancer.dispatch.Shares;
import ollama.gateway.balancer.dispatch.Standing;

/** What gateways share: what each told last, and how many slots each was granted. */
final class SimStore {
  private static final double EXCHANGE_SECONDS = 0.25;
  private static final double STORE_SECONDS = 0.001;
  private static final double RETRY_SECONDS = 0.05;

  private record Key(String server, String model) {}

  private final Timeline time;
  private final Map<String, SimServer> servers;
  private final List<SimGateway> gateways;
  private final Map<String, List<Standing>> told = new HashMap<>();
  private final Map<Key, Integer> granted = new HashMap<>();
  private final Map<SimGateway, Agent> agents = new HashMap<>();

  SimStore(Timeline time, Map<String, SimServer> servers, List<SimGateway> gateways) {
    this.time = time;
    this.servers = servers;
    this.gateways = gateways;
  }

  /** They tell each other what they have, each in its time. */
  void talk() {
    for (int i = 0; i < gateways.size(); i++) {
      SimGateway gateway = gateways.get(i);
      Map<String, List<Standing>> heard = new HashMap<>();
      double begin = EXCHANGE_SECONDS * i / gateways.size();
      time.background(begin, () -> time.every(EXCHANGE_SECONDS, () -> exchange(gateway, heard)));
      observe(gateway);
    }
  }

  private void observe(SimGateway gateway) {
    GrantObserver agent = agents.get(gateway);
    gateway.line.observe(agent == null ? GrantObserver.NONE : agent, places(gateway));
  }

  private PlaceObserver places(SimGateway gateway) {
    return (server, model, chain, session, tokens) ->
        time.background(EXCHANGE_SECONDS, () -> place(gateway, server, model, chain, tokens));
  }

  private void place(SimGateway from, String server, String model, Chain chain, int tokens) {
    for (SimGateway gateway : gateways) {
      if (gateway != from) {
        gateway.line.heardPlace(server, model, chain, 0, tokens, time.now());
      }
    }
  }

  private void exchange(SimGateway gateway, Map<String, List<Standing>> heard) {
    List<Standing> own = gateway.line.standings(time.now());
    if (!own.equals(told.get(gateway.name))) {
      told.put(gateway.name, own);
    }
    told.forEach(
        (name, standings) -> {
          if (!name.equals(gateway.name) && !standings.equals(heard.get(name))) {
            heard.put(name, standings);
            gateway.line.heard(name, standings, time.now());
          }
        });
    gateway.line.tick(time.now());
  }

  /** No request goes to a server without a slot. */
  void grant() {
    for (SimGateway gateway : gateways) {
      gateway.line.ungranted(0, time.now());
      Agent _ = agents.put(gateway, new Agent(gateway));
      observe(gateway);
    }
  }

  /** Asks for a gateway, and gives back. */
  private final class Agent implements GrantObserver {
    private final SimGateway gateway;
    private final Map<Key, Integer> held = new HashMap<>();
    private final Map<Key, Integer> wanted = new HashMap<>();
    private final List<Key> asking = new ArrayList<>();

    Agent(SimGateway gateway) {
      this.gateway = gateway;
    }

    @Override
    public void isShort(String server, String model, int want, int slots) {
      Key key = new Key(server, model);
      wanted.put(key, want);
      ask(key);
    }

    private void ask(Key key) {
      if (!asking.contains(key) && wanted.containsKey(key)) {
        asking.add(key);
        time.background(STORE_SECONDS, () -> answer(key));
      }
    }

    private void answer(Key key) {
      SimServer server = servers.get(key.server);
      Integer want = wanted.remove(key);
      int has = held.getOrDefault(key, 0);
      int more = want == null ? 0 : Math.max(0, want - has);
      int slots = server == null ? 0 : server.machine.slots();
      int got = Shares.free(slots, granted.getOrDefault(key, 0), more);
      granted.merge(key, got, Integer::sum);
      held.put(key, has + got);
      boolean _ = gateway.line.grant(key.server, key.model, got, time.now());
      time.background(
          got == more ? 0 : RETRY_SECONDS,
          () -> {
            asking.remove(key);
            ask(key);
          });
    }

    @Override
    public void gaveBack(String server, String model, int given) {
      Key key = new Key(server, model);
      held.merge(key, -given, Integer::sum);
      time.background(STORE_SECONDS, () -> granted.merge(key, -given, Integer::sum));
    }
  }
}
