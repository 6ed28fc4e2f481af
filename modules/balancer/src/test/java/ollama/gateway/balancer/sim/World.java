package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.FinalNumbers;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Ticket;

/** A gateway with the real line, its servers, and what became of the requests. */
final class World {
  private static final double POLL_SECONDS = 2;
  private static final double PROBE_SECONDS = 1;

  final Timeline time = new Timeline();
  final Random random;
  final List<SimRequest> requests = new ArrayList<>();
  final Map<String, SimServer> servers = new LinkedHashMap<>();
  final Line line;
  private int conversation;
  private long nextHash;

  World(Contender contender, long seed, int count, SimServer.Machine machine) {
    this(contender, seed, count, machine, LineSettings.DEFAULT);
  }

  World(
      Contender contender, long seed, int count, SimServer.Machine machine, LineSettings settings) {
    random = new Random(seed);
    nextHash = seed << 32;
    List<ServerSpec> specs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = "s" + i;
      servers.put(name, new SimServer(name, machine, time));
      specs.add(new ServerSpec(name, 0, machine.maxLoaded(), 1));
    }
    line = new Line(specs, contender.strategy(() -> conversation), settings);
    time.every(POLL_SECONDS, this::poll);
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
    conversation = request.conversation;
    Ticket ticket =
        line.enter(request.work(), Set.of(), t -> start(request, t, Set.of()), time.now());
    settle(request, ticket);
  }

  private void settle(SimRequest request, Ticket ticket) {
    if (ticket.state() == Ticket.State.REFUSED) {
      request.refused = true;
      request.ended = now();
      request.onEnd.run();
    }
  }

  private SimServer at(Ticket ticket) {
    SimServer server = servers.get(ticket.server());
    if (server == null) {
      throw new AssertionError("no server " + ticket.server());
    }
    return server;
  }

  private void start(SimRequest request, Ticket ticket, Set<String> tried) {
    request.attempts++;
    request.at = ticket.server();
    request.why = ticket.why();
    SimServer server = at(ticket);
    if (!server.accepts()) {
      line.up(server.name, false, time.now());
      move(request, ticket, tried);
      return;
    }
    server.submit(
        request,
        new SimServer.Client() {
          @Override
          public void first() {
            request.first = now();
            ticket.began(time.now());
          }

          @Override
          public void ended(FinalNumbers numbers) {
            request.ended = now();
            ticket.ended(numbers, request.after, time.now());
            request.onEnd.run();
          }

          @Override
          public void failed() {
            if (request.first >= 0) {
              request.cut = true;
              request.ended = now();
              ticket.leave(time.now());
              request.onEnd.run();
            } else {
              move(request, ticket, tried);
            }
          }
        });
  }

  private void move(SimRequest request, Ticket ticket, Set<String> tried) {
    Set<String> now = new HashSet<>(tried);
    now.add(ticket.server());
    ticket.leave(time.now());
    conversation = request.conversation;
    settle(request, line.again(ticket, now, t -> start(request, t, now), time.now()));
  }

  private void poll() {
    for (SimServer server : servers.values()) {
      if (server.answersProbes()) {
        line.loaded(server.name, server.loadedModels(), time.now(), time.now());
      }
    }
    line.tick(time.now());
  }

  private void probe() {
    for (SimServer server : servers.values()) {
      line.up(server.name, server.answersProbes(), time.now());
      if (!server.answersProbes()) {
        server.dropAll();
      }
    }
  }

  int loads() {
    return servers.values().stream().mapToInt(s -> s.loads).sum();
  }

  /** A prompt of one part that nobody else has. */
  Chain fresh(int tokens) {
    return new Chain(new long[] {hash()}, new int[] {tokens});
  }
}
