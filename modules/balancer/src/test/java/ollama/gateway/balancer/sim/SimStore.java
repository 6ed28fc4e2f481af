package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.GrantObserver;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.PlaceObserver;
import ollama.gateway.balancer.dispatch.Shares;
import ollama.gateway.balancer.dispatch.Standing;

/** What gateways share: their news, and how many slots each was granted. */
final class SimStore {
  private static final double EXCHANGE_SECONDS = 0.25;
  private static final double STORE_SECONDS = 0.001;
  private static final double RETRY_SECONDS = 0.02;

  private record Key(String server, String model) {}

  /** What a gateway asks for. */
  private record Want(int wanted, boolean loads) {}

  /** Who has a server load what. */
  private record Load(Member member, String model) {}

  private record News(Member from, Consumer<Line> hear) {}

  private final Timeline time;
  private final Map<String, SimServer> servers;
  private final List<Member> members = new ArrayList<>();
  private final List<News> news = new ArrayList<>();
  private final Map<Key, Integer> granted = new HashMap<>();
  private final Map<String, Load> loads = new HashMap<>();

  SimStore(Timeline time, Map<String, SimServer> servers, List<SimGateway> gateways) {
    this.time = time;
    this.servers = servers;
    gateways.forEach(gateway -> members.add(new Member(gateway)));
  }

  /** They tell each other what they have, each in its time. */
  void talk() {
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      member.talks = true;
      double begin = EXCHANGE_SECONDS * i / members.size();
      time.background(begin, () -> time.every(EXCHANGE_SECONDS, member::beat));
      member.observe();
    }
  }

  /** No request goes to a server without a slot. */
  void grant() {
    for (Member member : members) {
      member.gateway.line.ungranted(0, time.now());
      member.grants = member;
      member.observe();
    }
  }

  /** Tells and hears for a gateway, asks for slots and gives them back. */
  private final class Member implements GrantObserver, PlaceObserver {
    private final SimGateway gateway;
    private final Map<Key, Integer> held = new HashMap<>();
    private final Map<Key, Want> wanted = new HashMap<>();
    private final List<Key> asking = new ArrayList<>();
    private final List<News> own = new ArrayList<>();
    private List<Standing> told = List.of();
    private int heard;
    private boolean talks;
    private GrantObserver grants = GrantObserver.NONE;

    Member(SimGateway gateway) {
      this.gateway = gateway;
    }

    void observe() {
      gateway.line.observe(grants, talks ? this : PlaceObserver.NONE);
    }

    private void beat() {
      tell(true);
      hear();
      gateway.line.tick(time.now());
    }

    /** How long somebody has waited is told with the beat alone. */
    private void tell(boolean isBeat) {
      if (talks) {
        List<Standing> standings = gateway.line.standings(time.now());
        if (isBeat ? !standings.equals(told) : !claimless(standings).equals(claimless(told))) {
          told = standings;
          own.add(new News(this, line -> line.heard(gateway.name, standings, time.now())));
        }
        news.addAll(own);
        own.clear();
        loads.entrySet().removeIf(load -> load.getValue().member == this && !loads(load.getKey()));
      }
    }

    private static List<Standing> claimless(List<Standing> standings) {
      return standings.stream().map(Standing::claimless).toList();
    }

    private boolean loads(String server) {
      return told.stream().anyMatch(at -> at.loading() && at.where().server().equals(server));
    }

    private void hear() {
      List<News> since = List.copyOf(news.subList(heard, news.size()));
      heard = news.size();
      for (News each : since) {
        if (each.from != this) {
          each.hear.accept(gateway.line);
        }
      }
    }

    @Override
    public void answered(String server, String model, Chain chain, long session, int tokens) {
      add(line -> line.heardPlace(server, model, chain, session, tokens, time.now()));
    }

    @Override
    public void missed(String server, String model, Chain prompt, int foundTokens) {
      add(line -> line.heardMiss(server, model, prompt, foundTokens, time.now()));
    }

    private void add(Consumer<Line> hear) {
      own.add(new News(this, hear));
    }

    @Override
    public void isShort(String server, String model, int want, int slots, boolean loads) {
      Key key = new Key(server, model);
      wanted.put(key, new Want(want, loads));
      ask(key);
    }

    private void ask(Key key) {
      if (!asking.contains(key) && wanted.containsKey(key)) {
        asking.add(key);
        time.background(STORE_SECONDS, () -> answer(key));
      }
    }

    private void answer(Key key) {
      tell(false);
      SimServer server = servers.get(key.server);
      Want want = wanted.remove(key);
      int has = held.getOrDefault(key, 0);
      int more = want == null ? 0 : Math.max(0, want.wanted - has);
      int slots = server == null ? 0 : server.machine.slots();
      if (want != null && want.loads) {
        Load load = loads.get(key.server);
        if (load == null || load.member == this) {
          if (more > 0 && slots > granted.getOrDefault(key, 0)) {
            loads.put(key.server, new Load(this, key.model));
          }
        } else if (!load.model.equals(key.model)) {
          slots = 0;
        }
      }
      int got = Shares.free(slots, granted.getOrDefault(key, 0), more);
      granted.merge(key, got, Integer::sum);
      held.put(key, has + got);
      hear();
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
      time.background(
          STORE_SECONDS,
          () -> {
            tell(false);
            granted.merge(key, -given, Integer::sum);
          });
    }
  }
}
