package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link Line} guards with its lock. */
final class LineState {
  /** Somebody has to be told, when the lock is free, of what a grant is short of or has left. */
  record News(ServerState at, ModelState model, int wanted, int slots, boolean loads, int given) {

    void tell(GrantObserver observer) {
      if (given > 0) {
        observer.gaveBack(at.spec.name(), model.model, given);
      } else {
        observer.isShort(at.spec.name(), model.model, wanted, slots, loads);
      }
    }
  }

  /** What has to be told when the lock is free. */
  record Changed(List<Ticket> started, List<News> news) {

    void tell(GrantObserver observer) {
      started.forEach(ticket -> ticket.onStart.accept(ticket));
      news.forEach(each -> each.tell(observer));
    }
  }

  private static final long TICK_NANOS = 400_000_000;

  private final EnumMap<Priority, Lane> lanes = new EnumMap<>(Priority.class);
  private final Rate starts = new Rate();
  private final Replicas replicas = new Replicas();
  final Sessions sessions = new Sessions();
  Strategy strategy;
  private volatile LineSettings settings;
  private List<ServerState> servers;
  private Search search;
  private Grants grants;
  long turn;
  int waiting;
  private volatile long thoughtOverNanos;

  LineState(List<ServerSpec> specs, Strategy strategy, LineSettings settings) {
    this.strategy = strategy;
    this.settings = settings;
    for (Priority priority : Priority.values()) {
      lanes.put(priority, new Lane());
    }
    servers = specs.stream().map(ServerState::new).toList();
    search = newSearch();
    grants = new Grants(servers, List.copyOf(lanes.values()), search);
  }

  private Search newSearch() {
    return new Search(servers, List.copyOf(lanes.values()), strategy.waits(), settings, sessions);
  }

  LineSettings settings() {
    return settings;
  }

  void reconfigure(List<ServerSpec> specs, Strategy newStrategy, LineSettings newSettings) {
    Map<String, ServerState> known = new HashMap<>();
    servers.forEach(state -> known.put(state.spec.name(), state));
    servers = specs.stream().map(s -> ServerState.of(s, known.get(s.name()))).toList();
    strategy = newStrategy;
    settings = newSettings;
    search = newSearch();
    grants = grants.of(servers, search);
    replicas.serversChanged(servers);
    lanes.values().forEach(Lane::serversChanged);
  }

  Ticket enter(Line line, Ticket.Request request, long now) {
    Lane lane = Objects.requireNonNull(lanes.get(request.work().priority()));
    Ticket ticket = new Ticket(line, request, lane, lane.flow(request.work().key()));
    long turns = replicas.starts + turn++;
    ServerState at = search.serverFor(ticket, strategy, turns, now);
    if (at != null) {
      start(ticket, at, now);
    } else if (ticket.state == Ticket.State.WAITING && waiting < settings.maxWaiting()) {
      lane.add(ticket);
      waiting++;
      grants.waits(ticket, now);
    } else {
      ticket.refuse();
      lane.dropIfIdle(ticket.flow);
    }
    return ticket;
  }

  /** Whether who may start is to be thought over again; once only. Needs no lock. */
  boolean isDue(long now) {
    boolean due = now - thoughtOverNanos >= TICK_NANOS;
    if (due) {
      thoughtOverNanos = now;
    }
    return due;
  }

  List<Place> places(long now) {
    List<Place> places = new ArrayList<>(waiting);
    double each = starts.intervalMillis(now);
    for (Lane lane : lanes.values()) {
      lane.addPlaces(places, each, now);
    }
    return places;
  }

  int waitingFor(String server) {
    int at = servers.indexOf(server(server));
    return at < 0 ? 0 : lanes.values().stream().mapToInt(lane -> lane.waitingFor(at)).sum();
  }

  int retryAfterSeconds(long now) {
    double millis =
        Math.min((double) settings.maxWaitMillis(), waiting * starts.intervalMillis(now));
    return (int) Math.max(1, Math.ceil(millis / 1_000));
  }

  Choice explain(Work work, long now) {
    return strategy.choose(search.candidates(work, Set.of(), now), work, turn);
  }

  @Nullable ServerState server(String name) {
    for (ServerState state : servers) {
      if (state.spec.name().equals(name)) {
        return state;
      }
    }
    return null;
  }

  List<Standing> standings(long now) {
    return grants.standings(now);
  }

  void heard(String replica, List<Standing> standings, long now) {
    replicas.heard(replica, standings, this::server, now);
  }

  void gone(String replica, long now) {
    replicas.gone(replica, now);
  }

  void heardPlace(ServerState at, String name, Prompt prompt, long now) {
    ModelState model = at.heardOf(name);
    if (model != null) {
      if (!model.loaded && !model.loading && at.loading == null) {
        model.heardLoaded(now);
      }
      if (model.loaded) {
        sessions.remember(prompt.session(), prompt.tokens(), model);
        model.prompts.add(prompt.chain());
        at.version++;
      }
    }
  }

  static void heardMiss(ServerState at, String name, Chain prompt, int foundTokens) {
    ModelState model = at.heardOf(name);
    if (model != null && model.prompts.cachedTokens(prompt) > foundTokens) {
      model.prompts.forget(prompt, foundTokens);
      at.version++;
    }
  }

  /** Its place or slot is free; who can start since is still to be found. Whether it waited. */
  boolean leave(Ticket ticket, long now) {
    ServerState at = ticket.server;
    boolean waited = ticket.state == Ticket.State.WAITING;
    if (waited) {
      ticket.lane.remove(ticket);
      waiting--;
      ticket.flow.startedMillis += ticket.workMillis;
      ticket.state = Ticket.State.ENDED;
      ticket.lane.dropIfIdle(ticket.flow);
    } else if (ticket.state == Ticket.State.STARTED && at != null) {
      ModelState model = at.model(ticket.work.model());
      ticket.endLoad(at, model, false, now);
      ticket.release(at, now);
      grants.freed(at, model, now);
    }
    return waited;
  }

  /** It has its answer; what {@link Lessons#learn} says, or that nothing was learned. */
  int end(Ticket ticket, FinalNumbers numbers, Chain cached, long now) {
    ServerState at = ticket.server;
    if (ticket.state != Ticket.State.STARTED || at == null) {
      return Lessons.AS_EXPECTED;
    }
    int found = ticket.end(at, numbers, cached, now);
    grants.freed(at, at.model(ticket.work.model()), now);
    return found;
  }

  private void start(Ticket ticket, ServerState at, long now) {
    ticket.start(at, now);
    starts.happened(now);
  }

  /** Starts whatever can start now. */
  List<Ticket> fill(long now) {
    if (waiting == 0) {
      return List.of();
    }
    List<Ticket> started = new ArrayList<>();
    Ticket next = search.next(now);
    while (next != null) {
      next.lane.remove(next);
      waiting--;
      start(next, servers.get(next.prefers), now);
      started.add(next);
      next = waiting == 0 ? null : search.next(now);
    }
    grants.allWait(now);
    return started;
  }

  /** What has to be told of these that were started, and since this was asked last. */
  Changed changed(List<Ticket> started) {
    return new Changed(started, grants.takeNews());
  }

  Grants grants() {
    return grants;
  }
}
