package ollama.gateway.balancer.dispatch;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

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

  private final ReentrantLock lock = new ReentrantLock();
  private final LineState state;
  private volatile GrantObserver grantObserver = GrantObserver.NONE;
  private volatile PlaceObserver placeObserver = PlaceObserver.NONE;

  /**
   * An empty line in front of servers that all count as up.
   *
   * @param specs the servers, in the order of the settings
   * @param strategy how a server is chosen
   * @param settings the bounds
   */
  public Line(List<ServerSpec> specs, Strategy strategy, LineSettings settings) {
    this.state = new LineState(specs, strategy, settings);
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
    change(() -> state.reconfigure(specs, newStrategy, newSettings), nowNanos);
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
    LineState.Changed changed;
    lock.lock();
    try {
      ticket = state.enter(this, request, now);
      boolean started = ticket.state == Ticket.State.STARTED;
      changed = state.changed(started ? List.of(ticket) : List.of());
    } finally {
      lock.unlock();
    }
    changed.tell(grantObserver);
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
    change(server, at -> at.holds(models), nowNanos);
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
    change(server, at -> at.seenLoaded(models, askedNanos), nowNanos);
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
        at -> {
          if (at.up != up) {
            at.up = up;
            at.forgetLoaded();
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
    change(server, at -> at.drain(draining), nowNanos);
  }

  /**
   * Thinks over who may start, because expectations may have been wrong; at most twice a second,
   * however often it is called. Worth calling as often by everybody who waits.
   *
   * @param nowNanos the time
   */
  public void tick(long nowNanos) {
    if (state.isDue(nowNanos)) {
      change(() -> {}, nowNanos);
    }
  }

  /** How many stand in the line; 0 or more. */
  public int waiting() {
    return look(() -> state.waiting);
  }

  /** How many of these are expected to go to a server, by its name; 0 or more. */
  public int waiting(String server) {
    return look(() -> state.waitingFor(server));
  }

  /** Who stands in the line, by class and arrival. */
  public List<Place> places(long nowNanos) {
    return look(() -> state.places(nowNanos));
  }

  /**
   * When it is worth coming again: after those that wait now have been started.
   *
   * @param nowNanos the time
   * @return seconds, 1 or more, by the rate of the latest starts
   */
  public int retryAfterSeconds(long nowNanos) {
    return look(() -> state.retryAfterSeconds(nowNanos));
  }

  /**
   * What would be chosen now, and why. Nothing changes by asking.
   *
   * @param work what would be asked
   * @param nowNanos the time
   * @return the choice among the servers in the order of the settings
   */
  public Choice explain(Work work, long nowNanos) {
    return look(() -> state.explain(work, nowNanos));
  }

  /**
   * What is known of a server's models.
   *
   * @param server its name
   * @return by model; empty for a server that isn't there
   */
  public List<Learned> learned(String server) {
    return look(
        () -> {
          ServerState known = state.server(server);
          return known == null ? List.<Learned>of() : known.learned();
        });
  }

  /**
   * What this gateway has at servers, to be told to others that send requests to them too.
   *
   * @param nowNanos the time
   * @return its own, at most 4096; not those that there is nothing to tell of
   */
  public List<Standing> standings(long nowNanos) {
    change(() -> state.grants().review(nowNanos), nowNanos);
    return look(() -> state.standings(nowNanos));
  }

  /**
   * Tells what another gateway has, in place of what it had; unknown servers are left out.
   *
   * @param replica its name
   * @param standings its {@link #standings}
   * @param nowNanos the time
   */
  public void heard(String replica, List<Standing> standings, long nowNanos) {
    change(() -> state.heard(replica, standings, nowNanos), nowNanos);
  }

  /**
   * Tells that another gateway is no more: it has nothing in flight.
   *
   * @param replica its name
   * @param nowNanos the time
   */
  public void gone(String replica, long nowNanos) {
    change(() -> state.gone(replica, nowNanos), nowNanos);
  }

  /**
   * Tells that this gateway may have so many more requests in flight for a model than before; what
   * {@link GrantObserver#gaveBack} told was none before. To be told also where no more is to be
   * had: requests then look for another server.
   *
   * @return whether it was taken; not for a server that isn't there any more
   * @param server the server's name
   * @param model its canonical name
   * @param more how many; if it is negative, those that are there stay all the same
   * @param nowNanos the time
   */
  public boolean grant(String server, String model, int more, long nowNanos) {
    AtomicBoolean taken = new AtomicBoolean();
    change(server, at -> taken.set(state.grants().grant(at, model, more)), nowNanos);
    return taken.get();
  }

  /**
   * Tells how many requests may be in flight for a model of which no grant was told.
   *
   * @param slots the most: 0 where grants are needed; {@link Integer#MAX_VALUE}, as at first, where
   *     they aren't
   * @param nowNanos the time
   */
  public void ungranted(int slots, long nowNanos) {
    change(() -> state.grants().need(slots), nowNanos);
  }

  /**
   * Tells where a conversation is that another gateway has seen last, as if its answer had ended
   * here.
   *
   * @param server the server's name
   * @param model its canonical name
   * @param chain what the server holds now; {@link Chain#NONE} if unknown
   * @param session stands for the conversation; 0 if unknown
   * @param tokens the size of all that
   * @param nowNanos the time
   */
  public void heardPlace(
      String server, String model, Chain chain, long session, int tokens, long nowNanos) {
    change(
        server,
        at -> state.heardPlace(at, model, new Prompt(tokens, 0, chain, session), nowNanos),
        nowNanos);
  }

  /**
   * Tells that a server had dropped a prompt that was thought to be there, which shows how much it
   * keeps.
   *
   * @param server the server's name
   * @param model its canonical name
   * @param prompt what was asked
   * @param foundTokens how much of it was there still
   * @param nowNanos the time
   */
  public void heardMiss(String server, String model, Chain prompt, int foundTokens, long nowNanos) {
    change(server, at -> LineState.heardMiss(at, model, prompt, foundTokens), nowNanos);
  }

  /** Has them told where grants don't fit and where conversations are; one of each. */
  public void observe(GrantObserver grants, PlaceObserver places) {
    grantObserver = grants;
    placeObserver = places;
  }

  LineSettings settings() {
    return state.settings();
  }

  Sessions sessions() {
    return state.sessions;
  }

  void began(Ticket ticket, long now) {
    change(() -> ticket.begin(now), now);
  }

  void ended(Ticket ticket, FinalNumbers numbers, Chain cached, long now) {
    boolean ended = ticket.state == Ticket.State.STARTED;
    int found;
    LineState.Changed changed;
    lock.lock();
    try {
      found = state.end(ticket, numbers, cached, now);
      changed = state.changed(state.fill(now));
    } finally {
      lock.unlock();
    }
    if (ended) {
      // Before its slot is another gateway's, which then knows it.
      ticket.tellPlace(placeObserver, numbers, cached, found);
    }
    changed.tell(grantObserver);
  }

  boolean leave(Ticket ticket, long now) {
    boolean waited;
    LineState.Changed changed;
    lock.lock();
    try {
      waited = state.leave(ticket, now);
      changed = state.changed(waited ? List.of() : state.fill(now));
    } finally {
      lock.unlock();
    }
    changed.tell(grantObserver);
    return waited;
  }

  private <T> T look(Supplier<T> what) {
    lock.lock();
    try {
      return what.get();
    } finally {
      lock.unlock();
    }
  }

  private void change(String name, Consumer<? super ServerState> change, long now) {
    change(
        () -> {
          ServerState at = state.server(name);
          if (at != null) {
            change.accept(at);
          }
        },
        now);
  }

  /** Changes something, and starts what can start since. */
  private void change(Runnable change, long now) {
    LineState.Changed changed;
    lock.lock();
    try {
      change.run();
      changed = state.changed(state.fill(now));
    } finally {
      lock.unlock();
    }
    changed.tell(grantObserver);
  }
}
