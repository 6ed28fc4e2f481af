package ollama.gateway.balancer.sim;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ollama.gateway.balancer.dispatch.FinalNumbers;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Ticket;

/** A gateway with the real line. */
final class SimGateway {
  final String name;
  final Line line;
  private final Timeline time;
  private final Map<String, SimServer> servers;
  private int conversation;

  SimGateway(
      String name,
      Contender contender,
      boolean knowsSlots,
      Map<String, SimServer> servers,
      Timeline time) {
    this.name = name;
    this.servers = servers;
    this.time = time;
    List<ServerSpec> specs =
        servers.values().stream()
            .map(
                server ->
                    new ServerSpec(
                        server.name,
                        knowsSlots ? server.machine.slots() : 0,
                        server.machine.maxLoaded(),
                        1))
            .toList();
    line = new Line(specs, contender.strategy(() -> conversation), LineSettings.DEFAULT);
  }

  void send(SimRequest request) {
    time.hold();
    conversation = request.conversation;
    Ticket ticket =
        line.enter(request.work(), Set.of(), t -> start(request, t, Set.of()), time.now());
    settle(request, ticket);
  }

  private double now() {
    return (double) time.now() / Timeline.SECOND;
  }

  private void settle(SimRequest request, Ticket ticket) {
    if (ticket.state() == Ticket.State.REFUSED) {
      request.refused = true;
      request.ended = now();
      over(request);
    }
  }

  private void over(SimRequest request) {
    request.onEnd.run();
    time.release();
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
            over(request);
          }

          @Override
          public void failed() {
            if (request.first >= 0) {
              request.cut = true;
              request.ended = now();
              ticket.leave(time.now());
              over(request);
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

  /** Asks servers what they have loaded. */
  void poll() {
    for (SimServer server : servers.values()) {
      if (server.answersProbes()) {
        line.loaded(server.name, server.loadedModels(), time.now(), time.now());
      }
    }
    line.tick(time.now());
  }

  /** Asks servers whether they are there. */
  void probe() {
    for (SimServer server : servers.values()) {
      line.up(server.name, server.answersProbes(), time.now());
    }
  }
}
