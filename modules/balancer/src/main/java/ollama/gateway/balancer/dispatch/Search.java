package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks for the server of a request, and for the next request of a server. Guarded by the line. */
final class Search {
  private static final double DECODE_MILLIS = 1_000;

  /** No server's version. */
  private static final long UNKNOWN = -1;

  private final List<ServerState> servers;
  private final Fleet fleet;
  private final List<Lane> lanes;
  private final Strategy.Waits waits;
  private final LineSettings settings;
  private final Sessions sessions;

  /** Work of those that wait and are expected to go to a server, by server. */
  private final double[] ahead;

  Search(
      List<ServerState> servers,
      List<Lane> lanes,
      Strategy.Waits waits,
      LineSettings settings,
      Sessions sessions) {
    this.servers = servers;
    this.fleet = new Fleet(servers);
    this.lanes = lanes;
    this.waits = waits;
    this.settings = settings;
    this.sessions = sessions;
    this.ahead = new double[servers.size()];
  }

  /** The server that it can start on now; null if it has to wait. */
  @Nullable ServerState serverFor(Ticket ticket, Strategy strategy, long turn, long now) {
    if (servers.size() == 1) {
      return onlyServer(ticket);
    }
    countAhead(ticket.lane);
    List<Candidate> candidates = candidates(ticket.work, ticket.tried, now);
    Choice choice = strategy.choose(candidates, ticket.work, turn);
    ticket.why = choice.estimates();
    ticket.estimates = choice.estimates().toArray(Estimate[]::new);
    ticket.versions = new long[servers.size()];
    for (int i = 0; i < servers.size(); i++) {
      ServerState server = servers.get(i);
      ticket.versions[i] = server.isOut(now) ? UNKNOWN : server.version;
    }
    if (choice.index() == Choice.NONE) {
      return anyUntried(ticket, turn);
    }
    ticket.prefers = choice.index();
    ticket.workMillis = workMillis(ticket, choice.index());
    if (waits == Strategy.Waits.FOR_CHOSEN) {
      ticket.bound = choice.index();
    }
    ServerState chosen = servers.get(choice.index());
    if (chosen.hasRoom(ticket.work, false)) {
      return chosen;
    }
    return waits == Strategy.Waits.FOR_ANY ? leastCrowdedWithRoom(ticket) : null;
  }

  /** Who waits goes first, if it is for a model that has room. */
  private @Nullable ServerState onlyServer(Ticket ticket) {
    ServerState only = servers.getFirst();
    Peers peers = fleet.peers(ticket.work.model());
    ticket.workMillis = peers.serviceMillis();
    if (!mayBeTried(only, ticket, true)) {
      ticket.state = Ticket.State.NOWHERE;
      return null;
    }
    boolean room = !only.up || only.hasRoom(ticket.work, false);
    return room ? only : null;
  }

  /** All are down or failed: one may be back, and there is nothing to lose. */
  private @Nullable ServerState anyUntried(Ticket ticket, long turn) {
    boolean anywhere = fleet.nobodyHas(ticket.work.model());
    int first = (int) Long.remainderUnsigned(turn, Math.max(1, servers.size()));
    for (int n = 0; n < servers.size(); n++) {
      ServerState any = servers.get((first + n) % servers.size());
      if (mayBeTried(any, ticket, anywhere)) {
        return any;
      }
    }
    ticket.state = Ticket.State.NOWHERE;
    return null;
  }

  private static boolean mayBeTried(ServerState server, Ticket ticket, boolean anywhere) {
    Candidate.Holds holds = server.holds(ticket.work.model());
    return !ticket.tried.contains(server.spec.name())
        && !server.draining
        && holds != Candidate.Holds.FORBIDDEN
        && (anywhere || holds != Candidate.Holds.NO);
  }

  private @Nullable ServerState leastCrowdedWithRoom(Ticket ticket) {
    ServerState least = null;
    for (int i = 0; i < servers.size(); i++) {
      ServerState server = servers.get(i);
      if (ticket.estimates[i].eligible() && server.hasRoom(ticket.work, false)) {
        if (least == null || server.inFlight < least.inFlight) {
          least = server;
        }
      }
    }
    return least;
  }

  List<Candidate> candidates(Work work, Set<String> tried, long now) {
    Peers peers = fleet.peers(work.model());
    boolean leavesOut = fleet.leavesOut(work.model(), tried, now);
    List<Candidate> candidates = new ArrayList<>(servers.size());
    for (int i = 0; i < servers.size(); i++) {
      ServerState server = servers.get(i);
      boolean up = server.takes(tried) && !(leavesOut && server.isOut(now));
      candidates.add(candidate(i, work, up, peers, Pressure.claim(work.priority(), 0), now));
    }
    return candidates;
  }

  private Candidate candidate(int i, Work work, boolean up, Peers peers, long claim, long now) {
    ServerState server = servers.get(i);
    ModelState model = server.model(work.model());
    return new Candidate(
        server.spec.name(),
        up,
        server.holds(work.model()),
        queue(i, model, claim, now),
        server.loading(work, fleet.useRate(work.model(), now), peers, now),
        new Candidate.Prefill(
            model.pace.prefillRate(),
            cachedTokens(work.prompt(), model),
            model.others.none() ? 0 : model.prompts.heldTokens()),
        server.spec.weight());
  }

  /** Where the prompt's beginnings tell nothing, its conversation may. */
  private int cachedTokens(Prompt prompt, ModelState model) {
    int known = model.prompts.cachedTokens(prompt.chain());
    return known > 0 ? known : sessions.cachedTokens(prompt, model);
  }

  private Candidate.Queue queue(int i, ModelState model, long claim, long now) {
    double left = model.leftMillis(now);
    int others = model.allInFlight() - model.inFlight;
    if (others > 0) {
      double own = model.inFlight == 0 ? 0 : left * model.inFlight;
      left = (own + others * serviceMillis(model) / 2) / (model.inFlight + others);
    }
    double before = 0;
    List<Standing> line = servers.get(i).othersWaiting;
    for (int n = 0; n < line.size(); n++) {
      before += line.get(n).pressure().waitingBefore(claim) * serviceMillis(model);
    }
    return new Candidate.Queue(
        model.inFlight + others, model.slots.count(), left, ahead[i] + before);
  }

  private static double serviceMillis(ModelState model) {
    return Peers.orElse(model.pace.serviceMillis(), Peers.START.serviceMillis());
  }

  /** Where it waits only because this gateway's grant is used up; null if that isn't why. */
  @Nullable ServerState shortFor(Ticket t) {
    if (t.estimates.length == 0) {
      return servers.size() == 1 && servers.getFirst().isShort(t.work) ? servers.getFirst() : null;
    }
    ServerState emptiest = null;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < servers.size(); i++) {
      ServerState server = servers.get(i);
      if (mayGo(t, i) && server.isShort(t.work)) {
        int there = server.model(t.work.model()).allInFlight();
        emptiest = there < least ? server : emptiest;
        least = Math.min(least, there);
      }
    }
    return emptiest;
  }

  /** Whether a request that waits is expected to go to a server, or may as well as to others. */
  boolean mayGo(Ticket t, int server) {
    return (waits == Strategy.Waits.FOR_ANY && t.estimates.length > 0)
        ? t.estimates[server].eligible()
        : t.prefers == server;
  }

  private void countAhead(Lane last) {
    Arrays.fill(ahead, 0);
    for (int i = 0; i == 0 || lanes.get(i - 1) != last; i++) {
      for (Ticket t = lanes.get(i).head; t != null; t = t.next) {
        ahead[t.prefers] += t.workMillis;
      }
    }
  }

  private double workMillis(Ticket ticket, int at) {
    Pace pace = servers.get(at).model(ticket.work.model()).pace;
    int most = ticket.work.prompt().maxOutputTokens();
    double decode = Peers.orElse(pace.decodeMillis(), DECODE_MILLIS);
    if (most > 0 && !Double.isNaN(pace.decodeRate())) {
      decode = Math.min(decode, most * 1_000.0 / pace.decodeRate());
    }
    return ticket.estimates[at].startMillis() + decode;
  }

  /** The next to start, with the server where it starts in {@code prefers}; null if none can. */
  @Nullable Ticket next(long now) {
    Arrays.fill(ahead, 0);
    for (Lane lane : lanes) {
      double least = look(lane, now);
      Ticket best = best(lane, least + settings.shareMillis());
      if (best != null) {
        best.why = List.of(best.estimates);
        return best;
      }
    }
    return null;
  }

  /** Marks those that may start; returns the least that a key of one has got. */
  private double look(Lane lane, long now) {
    double least = Double.POSITIVE_INFINITY;
    double parallel = parallel(lane);
    for (Ticket t = lane.head; t != null; t = t.next) {
      refresh(t, now);
      t.overdue = overdue(t, parallel, now);
      t.score = (now - t.arrivedNanos) / Line.NANOS_PER_MILLI;
      t.mayStart =
          orphaned(t)
              || switch (waits) {
                case FOR_SOONEST -> soonest(t, now) || (t.overdue && anyRoom(t, true));
                case FOR_ANY -> anyRoom(t, t.overdue);
                case FOR_CHOSEN -> chosenRoom(t);
              };
      t.loadsFirst = t.estimates[t.prefers].loadMillis() > 0;
      if (t.mayStart) {
        least = Math.min(least, t.flow.gotMillis);
      }
      ahead[t.prefers] += t.workMillis;
    }
    return least;
  }

  /** Whether all servers are down or failed it: it is tried at one, which may be back. */
  private boolean orphaned(Ticket t) {
    int any = -1;
    boolean anywhere = fleet.nobodyHas(t.work.model());
    for (int i = 0; i < servers.size(); i++) {
      if (t.estimates[i].eligible()) {
        return false;
      }
      any = mayBeTried(servers.get(i), t, anywhere) ? i : any;
    }
    t.prefers = Math.max(0, any);
    return any >= 0;
  }

  private static @Nullable Ticket best(Lane lane, double allowed) {
    Ticket best = null;
    for (Ticket t = lane.head; t != null; t = t.next) {
      if (t.mayStart && t.flow.gotMillis <= allowed && (best == null || goesBefore(t, best))) {
        best = t;
      }
    }
    return best;
  }

  private static boolean goesBefore(Ticket later, Ticket earlier) {
    if (earlier.overdue) {
      return false;
    }
    if (later.overdue) {
      return true;
    }
    return later.loadsFirst == earlier.loadsFirst
        ? later.score > earlier.score
        : earlier.loadsFirst;
  }

  /**
   * Whether more work that came later was started than the age bound allows: of its own key, or of
   * others while its key got nothing at all, as where these keep the model in use that would have
   * to go.
   */
  private boolean overdue(Ticket t, double parallel, long now) {
    double overtaken =
        t.flow.lastStartNanos > t.arrivedNanos
            ? t.flow.startedMillis - t.flowStarted - t.flowAhead
            : t.lane.startedMillis - t.laneStarted;
    double waited = (now - t.arrivedNanos) / Line.NANOS_PER_MILLI;
    double bound = settings.ageBoundMillis();
    return waited >= bound && overtaken >= bound * parallel;
  }

  /** How many requests of a key run at once, about. */
  private double parallel(Lane lane) {
    int inFlight = 0;
    for (int i = 0; i < servers.size(); i++) {
      inFlight += servers.get(i).inFlight;
    }
    return Math.max(1, (double) inFlight / Math.max(1, lane.active()));
  }

  /** Where it is expected to be answered first; returns whether that has room now. */
  private boolean soonest(Ticket t, long now) {
    double first = Double.POSITIVE_INFINITY;
    double second = Double.POSITIVE_INFINITY;
    boolean room = false;
    int chosen = t.prefers;
    for (int i = 0; i < servers.size(); i++) {
      if (t.estimates[i].eligible()) {
        ServerState server = servers.get(i);
        boolean here = server.hasRoom(t.work, false);
        double total = t.estimates[i].startMillis() + (here ? 0 : wait(i, t, now));
        // Where it was to wait for a grant that is here now, others are as good but have none.
        if (total < first || (total == first && !room && (here || i == chosen))) {
          second = first;
          first = total;
          room = here;
          t.prefers = i;
        } else {
          second = Math.min(second, total);
        }
      }
    }
    t.score += Math.min(second - first, settings.ageBoundMillis());
    return room;
  }

  private double wait(int at, Ticket t, long now) {
    ServerState server = servers.get(at);
    Candidate.Queue queue = queue(at, server.model(t.work.model()), t.claim(now), now);
    return Soonest.wait(queue, Peers.orElse(queue.serviceMillis(), 0), server.spec.weight());
  }

  /** The one with the fewest requests among those with room. */
  private boolean anyRoom(Ticket t, boolean forced) {
    int best = -1;
    for (int i = 0; i < servers.size(); i++) {
      if (t.estimates[i].eligible() && servers.get(i).hasRoom(t.work, forced)) {
        if (best < 0 || servers.get(i).inFlight < servers.get(best).inFlight) {
          best = i;
        }
      }
    }
    t.prefers = best < 0 ? t.prefers : best;
    return best >= 0;
  }

  private boolean chosenRoom(Ticket t) {
    if (t.bound < 0 || !t.estimates[t.bound].eligible()) {
      t.bound = t.prefers;
      return anyRoom(t, t.overdue);
    }
    t.prefers = t.bound;
    return servers.get(t.bound).hasRoom(t.work, t.overdue);
  }

  /** Its estimates, of those servers where something has changed. */
  private void refresh(Ticket t, long now) {
    if (t.estimates.length != servers.size()) {
      t.estimates = new Estimate[servers.size()];
      t.versions = new long[servers.size()];
      Arrays.fill(t.versions, UNKNOWN);
    }
    Peers peers = null;
    boolean anywhere = false;
    boolean leavesOut = fleet.leavesOut(t.work.model(), t.tried, now);
    for (int i = 0; i < servers.size(); i++) {
      ServerState server = servers.get(i);
      boolean isOut = server.isOut(now);
      if (isOut || t.versions[i] != server.version) {
        if (peers == null) {
          peers = fleet.peers(t.work.model());
          anywhere = fleet.nobodyHas(t.work.model());
        }
        boolean up = server.takes(t.tried) && !(leavesOut && isOut);
        Candidate candidate = candidate(i, t.work, up, peers, t.claim(now), now);
        t.estimates[i] = Soonest.estimate(candidate, t.work, peers, anywhere);
        // Being out ends by itself, and by what becomes of others.
        t.versions[i] = isOut ? UNKNOWN : server.version;
      }
    }
  }
}
