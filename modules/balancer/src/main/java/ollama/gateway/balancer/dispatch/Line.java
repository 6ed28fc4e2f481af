package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The servers, what is in flight there, and the one line of the requests that none of them can
 * start now. When a server has room, it takes the request that gains most by going there now, among
 * those that fairness allows: higher classes first; of a class, keys that have got less work; of a
 * key, nobody who has been overtaken for the age bound.
 *
 * <p>Safe for any number of threads. One short lock; callbacks run outside of it, on the thread
 * whose call made room, so they must neither block nor throw. Times are nanoseconds of one clock.
 */
public final class Line {
  static final double NANOS_PER_MILLI = 1e6;

  private static final long TICK_NANOS = 400_000_000;
  private final ReentrantLock lock = new ReentrantLock();
  private final EnumMap<Priority, Lane> lanes = new EnumMap<>(Priority.class);
  private final Rate starts = new Rate();
  final Sessions sessions = new Sessions();
  private Strategy strategy;
  private volatile LineSettings settings;
  private List<ServerState> servers;
  private Search search;
  private long turn;
  private int waiting;
  private long thoughtOverNanos;

  /**
   * An empty line in front of servers that all count as up.
   *
   * @param specs the servers, in the order of the settings
   * @param strategy how a server is chosen
   * @param settings the bounds
   */
  public Line(List<ServerSpec> specs, Strategy strategy, LineSettings settings) {
    this.strategy = strategy;
    this.settings = settings;
    for (Priority priority : Priority.values()) {
      lanes.put(priority, new Lane());
    }
    servers = specs.stream().map(ServerState::new).toList();
    search = newSearch();
  }

  private Search newSearch() {
    return new Search(servers, List.copyOf(lanes.values()), strategy.waits(), settings, sessions);
  }

  /**
   * Goes on with other servers and bounds. What is known of those that stay, by their names, stays;
   * a request that is with one that doesn't ends as before.
   *
   * @param specs the servers, in the order of the settings
   * @param newStrategy how a server is chosen
   * @param newSettings the bounds; who waits already stays
   * @param nowNanos the time
   */
  public void reconfigure(
      List<ServerSpec> specs, Strategy newStrategy, LineSettings newSettings, long nowNanos) {
    change(
        nowNanos,
        () -> {
          Map<String, ServerState> known = new HashMap<>();
          servers.forEach(state -> known.put(state.spec.name(), state));
          servers = specs.stream().map(s -> ServerState.of(s, known.get(s.name()))).toList();
          strategy = newStrategy;
          settings = newSettings;
          search = newSearch();
          lanes.values().forEach(Lane::serversChanged);
        });
  }

  /**
   * Asks for a server.
   *
   * @param work what is asked
   * @param tried the servers that failed it before; they aren't asked again
   * @param onStart is told when it may start, at once or later; not if it is refused or leaves
   * @param nowNanos the time
   * @return its ticket; refused if too many wait, nowhere if no server is left for it
   */
  public Ticket enter(
      Work work, Set<String> tried, Consumer<? super Ticket> onStart, long nowNanos) {
    return enter(new Ticket.Request(work, tried, onStart, nowNanos), nowNanos);
  }

  /**
   * Asks for another server after one has failed. It counts as having waited since it first came.
   *
   * @param failed its ticket, which is over
   * @param tried the servers that failed it
   * @param onStart as before
   * @param nowNanos the time
   * @return its new ticket
   */
  public Ticket again(
      Ticket failed, Set<String> tried, Consumer<? super Ticket> onStart, long nowNanos) {
    return enter(new Ticket.Request(failed.work, tried, onStart, failed.arrivedNanos), nowNanos);
  }

  private Ticket enter(Ticket.Request request, long now) {
    Ticket ticket;
    lock.lock();
    try {
      Lane lane = Objects.requireNonNull(lanes.get(request.work().priority()));
      ticket = new Ticket(this, request, lane, lane.flow(request.work().key()));
      ServerState at = search.serverFor(ticket, strategy, turn++, now);
      if (at != null) {
        start(ticket, at, now);
      } else if (ticket.state == Ticket.State.WAITING && waiting < settings.maxWaiting()) {
        lane.add(ticket);
        waiting++;
      } else {
        ticket.refuse();
        lane.dropIfIdle(ticket.flow);
      }
    } finally {
      lock.unlock();
    }
    if (ticket.state == Ticket.State.STARTED) {
      ticket.onStart.accept(ticket);
    }
    return ticket;
  }

  /**
   * Tells what models a server has.
   *
   * @param server its name
   * @param models all of them, canonical
   * @param nowNanos the time
   */
  public void holds(String server, Set<String> models, long nowNanos) {
    change(server, state -> state.holds(models), nowNanos);
  }

  /**
   * Tells that a server isn't asked for its models any more, so that it may have any.
   *
   * @param server its name
   * @param nowNanos the time
   */
  public void forgetModels(String server, long nowNanos) {
    change(server, ServerState::forgetModels, nowNanos);
  }

  /**
   * Tells what models a server has loaded. One that is being loaded may be missing.
   *
   * @param server its name
   * @param models all of them, canonical
   * @param askedNanos when the server was asked: what began later isn't in the list
   * @param nowNanos the time
   */
  public void loaded(String server, Set<String> models, long askedNanos, long nowNanos) {
    change(server, state -> state.seenLoaded(models, askedNanos), nowNanos);
  }

  /**
   * Tells that a server is up or down. One that comes back has nothing loaded.
   *
   * @param server its name
   * @param up whether requests go there
   * @param nowNanos the time
   */
  public void up(String server, boolean up, long nowNanos) {
    change(
        server,
        state -> {
          if (state.up != up) {
            state.up = up;
            state.forgetLoaded();
          }
        },
        nowNanos);
  }

  /**
   * Tells that a server is to get no new requests, or gets them again.
   *
   * @param server its name
   * @param draining which of the two
   * @param nowNanos the time
   */
  public void drain(String server, boolean draining, long nowNanos) {
    change(server, state -> state.drain(draining), nowNanos);
  }

  /**
   * Thinks over who may start, because expectations may have been wrong; at most twice a second,
   * however often it is called. Worth calling as often by everybody who waits.
   *
   * @param nowNanos the time
   */
  public void tick(long nowNanos) {
    List<Ticket> started = List.of();
    lock.lock();
    try {
      if (nowNanos - thoughtOverNanos >= TICK_NANOS) {
        thoughtOverNanos = nowNanos;
        started = fill(nowNanos);
      }
    } finally {
      lock.unlock();
    }
    tell(started);
  }

  /**
   * How many stand in the line.
   *
   * @return 0 or more
   */
  public int waiting() {
    lock.lock();
    try {
      return waiting;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Who stands in the line.
   *
   * @param nowNanos the time
   * @return by class and arrival
   */
  public List<Place> places(long nowNanos) {
    lock.lock();
    try {
      List<Place> places = new ArrayList<>(waiting);
      double each = starts.intervalMillis(nowNanos);
      for (Lane lane : lanes.values()) {
        lane.addPlaces(places, each, nowNanos);
      }
      return places;
    } finally {
      lock.unlock();
    }
  }

  /**
   * When it is worth coming again: after those that wait now have been started.
   *
   * @param nowNanos the time
   * @return seconds, 1 or more, by the rate of the latest starts
   */
  public int retryAfterSeconds(long nowNanos) {
    lock.lock();
    try {
      double millis =
          Math.min((double) settings.maxWaitMillis(), waiting * starts.intervalMillis(nowNanos));
      return (int) Math.max(1, Math.ceil(millis / 1_000));
    } finally {
      lock.unlock();
    }
  }

  /**
   * What would be chosen now, and why. Nothing changes by asking.
   *
   * @param work what would be asked
   * @param nowNanos the time
   * @return the choice among the servers in the order of the settings
   */
  public Choice explain(Work work, long nowNanos) {
    lock.lock();
    try {
      return strategy.choose(search.candidates(work, Set.of(), nowNanos), work, turn);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What is known of a server's models.
   *
   * @param server its name
   * @return by model; empty for a server that isn't there
   */
  public List<Learned> learned(String server) {
    lock.lock();
    try {
      ServerState known = server(server);
      return known == null ? List.of() : known.learned();
    } finally {
      lock.unlock();
    }
  }

  LineSettings settings() {
    return settings;
  }

  void began(Ticket ticket, long now) {
    change(now, () -> ticket.begin(now));
  }

  void ended(Ticket ticket, FinalNumbers numbers, Chain cached, long now) {
    change(now, () -> ticket.end(numbers, cached, now));
  }

  boolean leave(Ticket ticket, long now) {
    List<Ticket> started = List.of();
    boolean waited;
    lock.lock();
    try {
      waited = ticket.state == Ticket.State.WAITING;
      ServerState at = ticket.server;
      if (waited) {
        ticket.lane.remove(ticket);
        waiting--;
        ticket.flow.startedMillis += ticket.workMillis;
        ticket.state = Ticket.State.ENDED;
        ticket.lane.dropIfIdle(ticket.flow);
      } else if (ticket.state == Ticket.State.STARTED && at != null) {
        ticket.endLoad(at, at.model(ticket.work.model()), false, now);
        ticket.release(at, now);
        started = fill(now);
      }
    } finally {
      lock.unlock();
    }
    tell(started);
    return waited;
  }

  private @Nullable ServerState server(String name) {
    for (ServerState state : servers) {
      if (state.spec.name().equals(name)) {
        return state;
      }
    }
    return null;
  }

  private void start(Ticket ticket, ServerState at, long now) {
    ticket.start(at, now);
    starts.happened(now);
  }

  private void change(String name, Consumer<? super ServerState> change, long now) {
    change(
        now,
        () -> {
          ServerState state = server(name);
          if (state != null) {
            change.accept(state);
          }
        });
  }

  /** Changes something, and starts what can start since. */
  private void change(long now, Runnable change) {
    List<Ticket> started;
    lock.lock();
    try {
      change.run();
      started = fill(now);
    } finally {
      lock.unlock();
    }
    tell(started);
  }

  /** Starts whatever can start now. */
  private List<Ticket> fill(long now) {
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
    return started;
  }

  private static void tell(List<Ticket> started) {
    for (Ticket ticket : started) {
      ticket.onStart.accept(ticket);
    }
  }
}
