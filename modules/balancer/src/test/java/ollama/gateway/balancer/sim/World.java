package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import ollama.gateway.balancer.dispatch.Chain;
import org.jspecify.annotations.Nullable;

/** Gateways, their servers, and what became of the requests. */
final class World {
  private static final double POLL_SECONDS = 2;
  private static final double PROBE_SECONDS = 1;

  final Timeline time = new Timeline();
  final Random random;
  final List<SimRequest> requests = new ArrayList<>();
  final Map<String, SimServer> servers = new LinkedHashMap<>();
  @Nullable Failures failures;
  private final List<SimGateway> gateways = new ArrayList<>();

  /** Which gateway a request comes to; of its own, so that the rest is the same with any number. */
  private final Random spread;

  private long nextHash;

  World(Trial trial, int count, SimServer.Machine machine) {
    random = new Random(trial.seed());
    spread = new Random(~trial.seed());
    nextHash = trial.seed() << 32;
    for (int i = 0; i < count; i++) {
      servers.put("s" + i, new SimServer("s" + i, machine, time));
    }
    for (int i = 0; i < trial.fleet().gateways(); i++) {
      gateways.add(
          new SimGateway("g" + i, trial.contender(), trial.fleet().knowsSlots(), servers, time));
    }
    SimStore store = new SimStore(time, servers, gateways);
    if (trial.fleet().grants()) {
      store.grant();
    }
    if (trial.fleet().talk()) {
      store.talk();
    }
    time.every(POLL_SECONDS, () -> gateways.forEach(SimGateway::poll));
    time.every(PROBE_SECONDS, this::probe);
  }

  long hash() {
    return nextHash++ * 0x9E3779B97F4A7C15L;
  }

  double now() {
    return (double) time.now() / Timeline.SECOND;
  }

  void send(SimRequest request) {
    requests.add(request);
    request.arrived = now();
    gateways.get(spread.nextInt(gateways.size())).send(request);
  }

  private void probe() {
    for (SimGateway gateway : gateways) {
      gateway.probe();
    }
    for (SimServer server : servers.values()) {
      if (!server.answersProbes()) {
        server.dropAll();
      }
    }
  }

  int loads() {
    return servers.values().stream().mapToInt(s -> s.loads).sum();
  }

  /** The most that was ever in flight for a model at a server, beyond its slots. */
  int aboveSlots() {
    return servers.values().stream().mapToInt(s -> s.aboveSlots).max().orElse(0);
  }

  /** A prompt of one part that nobody else has. */
  Chain fresh(int tokens) {
    return new Chain(new long[] {hash()}, new int[] {tokens});
  }
}
