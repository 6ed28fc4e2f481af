package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request's place in a {@link Line}, and then its stay with a server.
 *
 * <pre>
 *            room              first byte        last byte
 * WAITING ─────────▶ STARTED ───────────▶ STARTED ─────────▶ ENDED
 *    │                  │                                      ▲
 *    │ leaves           └── fails, or the client leaves ───────┤
 *    └─────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>Each step is taken once; one that comes too late does nothing. Safe from any thread. All times
 * are nanoseconds of one clock.
 */
public final class Ticket {
  /** How far a request has come. */
  public enum State {
    /** It stands in the line. */
    WAITING,
    /** It is with a server, or may go there. */
    STARTED,
    /** The line was full; it never stood there. */
    REFUSED,
    /** Every server that could have its model has failed it. */
    NOWHERE,
    /** It is over. */
    ENDED
  }

  private static final double LEAST_LEFT = 8;
  private static final Estimate[] NO_ESTIMATES = {};
  private static final long[] NO_VERSIONS = {};

  /** Nobody has so many slots that more would matter. */
  private static final int ENDS_MAX = 64;

  final Line line;
  final Work work;
  final Set<String> tried;
  final Consumer<? super Ticket> onStart;
  final long arrivedNanos;

  volatile State state = State.WAITING;
  volatile @Nullable ServerState server;
  volatile List<Estimate> why = List.of();

  // What follows is guarded by the line's lock.

  Lane lane;
  Flow flow;
  @Nullable Ticket previous;
  @Nullable Ticket next;

  /** The work it was predicted to be when it came, and what the flow was charged for it. */
  double workMillis;

  double chargedMillis;
  double flowStarted;
  double flowAhead;
  double laneStarted;

  /** Only this server will do; -1 if another may be better by now. */
  int bound = -1;

  /** Where it is expected to go. */
  int prefers;

  Estimate[] estimates = NO_ESTIMATES;
  long[] versions = NO_VERSIONS;

  /** What the search for the next one thinks of it. */
  boolean mayStart;

  boolean overdue;
  boolean loadsFirst;
  double score;

  long startedNanos;
  int behind;

  /** How many of other gateways' were there; a short keeps the ticket as small as it is. */
  short othersBehind;

  /** When those ended that had come there before it and left since, as far as that is kept. */
  List<Long> endsBefore = List.of();

  int newTokens;

  /** Whether its conversation was here, which leaves open how much of it still is. */
  boolean maybeCached;

  boolean loads;
  boolean began;
  double beganMillis = Double.NaN;

  Ticket(Line line, Request request, Lane lane, Flow flow) {
    this.line = line;
    this.work = request.work();
    this.tried = request.tried();
    this.onStart = request.onStart();
    this.arrivedNanos = request.arrivedNanos();
    this.lane = lane;
    this.flow = flow;
  }

  /** What a ticket is asked for with. */
  record Request(
      Work work, Set<String> tried, Consumer<? super Ticket> onStart, long arrivedNanos) {}

  /**
   * How far it has come.
   *
   * @return the state just now
   */
  public State state() {
    return state;
  }

  /**
   * What is asked.
   *
   * @return as it was given
   */
  public Work work() {
    return work;
  }

  /**
   * Where it may go.
   *
   * @return the server's name; empty until it has started
   */
  public String server() {
    ServerState at = server;
    return at == null ? "" : at.spec.name();
  }

  /**
   * What was expected of each server when it started, or when it came.
   *
   * @return in the order of the settings; empty with one server
   */
  public List<Estimate> why() {
    return why;
  }

  /**
   * When it has waited as long as anybody may. Whoever waits on it then calls {@link #leave}.
   *
   * @return nanoseconds
   */
  public long expiresNanos() {
    return arrivedNanos + line.settings().maxWaitMillis() * 1_000_000;
  }

  /**
   * Tells that the answer's first byte is here.
   *
   * @param nowNanos the time
   */
  public void began(long nowNanos) {
    line.began(this, nowNanos);
  }

  /**
   * Tells that the answer is here.
   *
   * @param numbers what the server said of it
   * @param cached the prompt that it holds now, best with the answer; {@link Chain#NONE} if unknown
   * @param nowNanos the time
   */
  public void ended(FinalNumbers numbers, Chain cached, long nowNanos) {
    line.ended(this, numbers, cached, nowNanos);
  }

  /**
   * Gives up: the client left, it has waited long enough, or the server failed. Its place or slot
   * is free at once.
   *
   * @param nowNanos the time
   * @return whether it was still waiting
   */
  public boolean leave(long nowNanos) {
    return line.leave(this, nowNanos);
  }

  /** There is no place in the line for it, if it could go anywhere at all. */
  void refuse() {
    if (state == State.WAITING) {
      state = State.REFUSED;
    }
  }

  /** It goes to a server. */
  void start(ServerState at, long now) {
    ModelState model = at.model(work.model());
    loads = !work.model().isEmpty() && !model.fits(work.options());
    int cached = model.prompts.cachedTokens(work.prompt().chain());
    newTokens = Math.max(0, work.prompt().tokens() - cached);
    maybeCached = cached == 0 && line.sessions().cachedTokens(work.prompt(), model) > 0;
    if (loads) {
      at.beginLoad(model, work.options(), now);
    }
    behind = model.inFlight++;
    othersBehind = (short) Math.min(model.others.inFlight, Short.MAX_VALUE);
    model.tickets.add(this);
    at.inFlight++;
    at.version++;
    model.slots.started();
    model.uses.happened(now);
    model.lastUsedNanos = now;
    server = at;
    startedNanos = now;
    chargedMillis = workMillis;
    flow.inFlight++;
    flow.lastStartNanos = now;
    lane.served(flow, chargedMillis);
    boolean _ = at.spec.ejection().enter(now);
    state = State.STARTED;
  }

  /** Its first byte is here. */
  void begin(long now) {
    ServerState at = server;
    if (state == State.STARTED && at != null && !began) {
      began = true;
      beganMillis = (now - startedNanos) / Line.NANOS_PER_MILLI;
      ModelState model = at.model(work.model());
      model.running++;
      model.slots.ranTogether(model.running);
      endLoad(at, model, true, now);
      if (model.hearsay) {
        at.confirm(model, now);
      }
    }
  }

  /** Its answer is whole; what {@link Lessons#learn} says. */
  int end(ServerState at, FinalNumbers numbers, Chain cached, long now) {
    ModelState model = at.model(work.model());
    int found = Lessons.learn(this, at, model, numbers, now);
    endLoad(at, model, true, now);
    if (model.loaded) {
      line.sessions().remember(work.prompt(), numbers, model);
      if (cached.length() > 0) {
        model.prompts.add(cached);
      }
    }
    release(at, now);
    return found;
  }

  /**
   * Tells where its conversation is, now that it has ended. Needs no lock.
   *
   * @param found what {@link Lessons#learn} said
   */
  void tellPlace(PlaceObserver observer, FinalNumbers numbers, Chain cached, int found) {
    Prompt prompt = work.prompt();
    if (found != Lessons.AS_EXPECTED) {
      observer.missed(server(), work.model(), prompt.chain(), found);
    }
    if (cached.length() > 0 || prompt.session() != 0) {
      int tokens = Sessions.tokens(prompt, numbers);
      observer.answered(server(), work.model(), cached, prompt.session(), tokens);
    }
  }

  void endLoad(ServerState at, ModelState model, boolean succeeded, long now) {
    if (loads && at.loading == model) {
      at.endLoad(model, succeeded, now);
    }
  }

  private void endedBefore(long now) {
    if (endsBefore.isEmpty()) {
      endsBefore = new ArrayList<>();
    }
    if (endsBefore.size() < ENDS_MAX) {
      endsBefore.add(now);
    }
  }

  /** It leaves its server. */
  void release(ServerState at, long now) {
    ModelState model = at.model(work.model());
    model.inFlight--;
    int place = model.tickets.indexOf(this);
    for (int i = place + 1; i < model.tickets.size(); i++) {
      model.tickets.get(i).endedBefore(now);
    }
    Ticket _ = model.tickets.remove(place);
    model.running -= began ? 1 : 0;
    model.lastUsedNanos = now;
    at.inFlight--;
    at.version++;
    state = State.ENDED;
    flow.inFlight--;
    lane.dropIfIdle(flow);
  }

  /** The servers are others now: what it expected of them and where it wanted to go is void. */
  void serversChanged() {
    bound = -1;
    prefers = 0;
    estimates = NO_ESTIMATES;
    versions = NO_VERSIONS;
  }

  /** As in {@link Pressure#claim}. */
  long claim(long now) {
    double waited = (now - arrivedNanos) / Line.NANOS_PER_MILLI;
    return Pressure.claim(work.priority(), waited);
  }

  /** How long it will occupy its slot; what takes longer than expected isn't nearly over. */
  double leftMillis(long now) {
    double elapsed = (now - startedNanos) / Line.NANOS_PER_MILLI;
    return Math.max(chargedMillis - elapsed, Math.max(chargedMillis, elapsed) / LEAST_LEFT);
  }
}
